import type { paths } from './schema';
import { connection } from './connection';

// 502 and 504 are said by what stands before a service that does not answer.
const isAway = (status: number) => [0, 502, 503, 504].includes(status);

/** What went wrong, in the service's own words where it said any. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Sentences by field, where fields are to blame. */
    readonly fields: Record<string, string[]> = {},
  ) {
    super(message);
  }

  /** The service did not answer at all. */
  get away() {
    return isAway(this.status);
  }
}

type Method = 'get' | 'post' | 'patch' | 'put' | 'delete';
type PathsWith<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, object> ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;
type Parameters<O, Where extends string> = O extends { parameters: infer All } ? (Where extends keyof All ? All[Where] : undefined) : undefined;
type JsonOf<R> = R extends { content: { 'application/json': infer J } } ? J : never;
type Answer<O> = O extends { responses: infer R } ? JsonOf<R[Extract<keyof R, 200 | 201 | 202>]> : never;
type Body<O> = O extends { requestBody?: { content: { 'application/json': infer J } } } ? J : unknown;

export interface Options<O> {
  path?: Parameters<O, 'path'>;
  query?: Parameters<O, 'query'>;
  signal?: AbortSignal;
}

export interface Sending<O> extends Options<O> {
  body?: Body<O> | FormData;
  /** Sent as If-Match: refused with 412 where something has changed since. */
  ifMatch?: string;
  /** Asked again with the same key, nothing is made twice. By default each POST has one of its own. */
  idempotencyKey?: string;
}

/** The address of a path of the interface; for links, pictures and downloads. What is a list is said several times. */
export function url(path: string, parts: Record<string, unknown> = {}, query: Record<string, unknown> = {}) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parts[name])));
  const words = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return words.length ? `${filled}?${new URLSearchParams(words.flatMap(([name, value]) => [value].flat().map(one => [name, String(one)])))}` : filled;
}

async function errorOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; title?: string; code?: string; errors?: Record<string, string[]> };
  const words: Record<number, string> = { 401: 'You are not signed in.', 403: 'Your role does not allow this.', 404: 'This is not here (any more).', 429: 'Too many requests at once; try again in a moment.' };
  return new ApiError(response.status, problem.code ?? `status-${response.status}`, problem.detail ?? words[response.status] ?? problem.title ?? response.statusText, problem.errors);
}

/** One request. Tells the rest of the dashboard when the service cannot be reached, and when nobody is signed in any more. */
export async function request(address: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { credentials: 'same-origin', ...init });
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    connection.lost();
    throw new ApiError(0, 'unreachable', 'The service cannot be reached.');
  }
  if (isAway(response.status)) connection.lost();
  else connection.answered(response.status);
  if (!response.ok && response.status !== 304) throw await errorOf(response);
  return response;
}

/** Answers that were seen, by address: asked for again with their ETag, and the same object where nothing has changed. */
const seen = new Map<string, { etag: string; value: unknown }>();
const mostSeen = 200;

export async function read<T>(address: string, signal?: AbortSignal): Promise<T> {
  const known = seen.get(address);
  const response = await request(address, { signal, headers: known ? { 'If-None-Match': known.etag } : {}, cache: 'no-store' });
  if (response.status === 304 && known) return known.value as T;
  const value = (await response.json()) as T;
  const etag = response.headers.get('ETag');
  if (etag) {
    seen.delete(address);
    seen.set(address, { etag, value });
    if (seen.size > mostSeen) seen.delete(seen.keys().next().value!);
  }
  return value;
}

/** The ETag of what was last read from an address, for `ifMatch`. */
export const etagOf = (address: string) => seen.get(address)?.etag;

export function get<P extends PathsWith<'get'>>(path: P, options: Options<Operation<P, 'get'>> = {}): Promise<Answer<Operation<P, 'get'>>> {
  return read(url(path, options.path as Record<string, unknown> | undefined, options.query as Record<string, unknown> | undefined), options.signal);
}

interface Loose {
  path?: unknown;
  query?: unknown;
  body?: unknown;
  signal?: AbortSignal;
  ifMatch?: string;
  idempotencyKey?: string;
}

async function send<T>(method: string, path: string, options: Loose): Promise<T> {
  const headers: Record<string, string> = {};
  if (options.ifMatch) headers['If-Match'] = options.ifMatch;
  if (method === 'POST') headers['Idempotency-Key'] = options.idempotencyKey ?? crypto.randomUUID();
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) body = options.body;
  else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(options.body);
  }
  const response = await request(url(path, options.path as Record<string, unknown> | undefined, options.query as Record<string, unknown> | undefined), { method, headers, body, signal: options.signal });
  return (response.status === 204 || !response.headers.get('Content-Type')?.includes('json') ? undefined : await response.json()) as T;
}

export const post = <P extends PathsWith<'post'>>(path: P, options: Sending<Operation<P, 'post'>> = {}) => send<Answer<Operation<P, 'post'>>>('POST', path, options as Loose);
export const patch = <P extends PathsWith<'patch'>>(path: P, options: Sending<Operation<P, 'patch'>> = {}) => send<Answer<Operation<P, 'patch'>>>('PATCH', path, options as Loose);
export const put = <P extends PathsWith<'put'>>(path: P, options: Sending<Operation<P, 'put'>> = {}) => send<Answer<Operation<P, 'put'>>>('PUT', path, options as Loose);
export const remove = <P extends PathsWith<'delete'>>(path: P, options: Sending<Operation<P, 'delete'>> = {}) => send<void>('DELETE', path, options as Loose);
