// Uploads what comes through a pipe, so that its length is known only at its end, with the stock client; stops once on the way and goes on.
// node stream.mjs ENDPOINT NAME, with the file on standard input; prints the offsets that were told and what became of it, as JSON.
import { Upload } from 'tus-js-client';

const [endpoint, filename] = process.argv.slice(2), offsets = [];
const url = await new Promise((done, failed) => {
  const upload = new Upload(process.stdin, {
    endpoint, uploadLengthDeferred: true, chunkSize: 200_000, retryDelays: [100, 500, 1000, 3000, 5000, 10000], metadata: { filename },
    onError: failed,
    onSuccess: () => done(upload.url),
    onChunkComplete: (_, accepted) => {
      offsets.push(accepted);
      if (offsets.length === 1) upload.abort().then(() => upload.start(), failed);
    },
  });
  upload.start();
});
console.log(JSON.stringify({ offsets, upload: await (await fetch(new URL(url, endpoint))).json() }));
