// Uploads a file with the stock client, cutting it off a few times and going on as a new client would.
// node upload.mjs ENDPOINT FILE STATE CUTS [KEY]; prints what became of it, as JSON.
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { FileUrlStorage, Upload } from 'tus-js-client';

const [endpoint, file, state, cuts, key] = process.argv.slice(2);
const size = statSync(file).size, storage = new FileUrlStorage(state), resumedAt = [];
for (let cut = 0; ; cut++) {
  const last = cut === Number(cuts);
  const url = await new Promise((done, failed) => {
    let first = true;
    const upload = new Upload(createReadStream(file), {
      endpoint, uploadSize: size, chunkSize: 200_000, retryDelays: [100, 500, 1000, 3000, 5000, 10000], urlStorage: storage, metadata: { filename: basename(file) },
      fingerprint: async () => file, headers: key ? { Authorization: `Bearer ${key}` } : {}, removeFingerprintOnSuccess: true,
      onError: failed,
      onSuccess: () => done(upload.url),
      onChunkComplete: (_, accepted) => {
        if (first) resumedAt.push(accepted);
        if (!last && !first) upload.abort().then(() => done(null), failed);
        first = false;
      },
    });
    upload.findPreviousUploads().then(known => {
      if (known.length) upload.resumeFromPreviousUpload(known[0]);
      upload.start();
    }, failed);
  });
  if (!last) continue;
  const answer = await fetch(new URL(url, endpoint), { headers: key ? { Authorization: `Bearer ${key}` } : {} });
  console.log(JSON.stringify({ resumedAt, upload: await answer.json() }));
  break;
}
