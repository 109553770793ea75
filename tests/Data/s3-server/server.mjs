// An S3 server on loopback: node server.mjs FOLDER PORT BUCKET. Says "listening" once it does, then each request, as METHOD URL.
import crypto from 'node:crypto';
import S3rver from 's3rver';

// It writes where a long list goes on in DES, which OpenSSL has given up.
for (const name of ['createCipheriv', 'createDecipheriv']) {
  const make = crypto[name];
  crypto[name] = (cipher, key, iv, ...rest) =>
    cipher === 'des' ? make('aes-128-cbc', Buffer.concat([key, key]), Buffer.concat([iv, iv])) : make(cipher, key, iv, ...rest);
}

const [, , directory, port, bucket] = process.argv;
const server = new S3rver({ directory, port: Number(port), address: '127.0.0.1', silent: true, vhostBuckets: false, configureBuckets: [{ name: bucket, configs: [] }] });
server.middleware.unshift((context, next) => {
  console.log(context.method, context.originalUrl);
  return next();
});
// Whoever started it may be killed: it must not stay behind.
process.stdin.on('end', () => process.exit()).resume();
await server.run();
console.log('listening');
