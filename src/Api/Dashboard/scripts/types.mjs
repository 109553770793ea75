// Types of the interface from the OpenAPI document. The service takes numbers as strings too, which its document says; it never sends them so.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const document = JSON.parse(readFileSync('openapi.json', 'utf8'));
const numbers = node => {
  if (node === null || typeof node !== 'object') return;
  if (Array.isArray(node.type) && node.type.includes('string') && node.type.some(t => t === 'integer' || t === 'number')) {
    node.type = node.type.filter(t => t !== 'string');
    if (node.type.length === 1) node.type = node.type[0];
  }
  Object.values(node).forEach(numbers);
};
numbers(document);
mkdirSync('src/api', { recursive: true });
writeFileSync('src/api/schema.ts', `// Made from openapi.json by scripts/types.mjs.\n${astToString(await openapiTS(document))}`);
