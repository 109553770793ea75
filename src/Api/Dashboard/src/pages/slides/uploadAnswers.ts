import type { DetailedError, HttpRequest, HttpResponse } from 'tus-js-client';
import { connection } from '../../api/connection';

/** An answer that says nothing of the upload itself; tus would take it for its end and begin anew from the first byte. */
class Interrupted extends Error {
  constructor(readonly response: HttpResponse) {
    super('The service could not say how much has come.');
  }
}

/** Looks at each answer before tus does. */
export function heed(request: HttpRequest, response: HttpResponse) {
  const status = response.getStatus();
  connection.answered(status);
  if (request.getMethod() === 'HEAD' && status >= 400 && status !== 404 && status !== 410) throw new Interrupted(response);
}

/** The answer that ended an upload for now; undefined: there was none. */
export function responseOf(error: Error | DetailedError): HttpResponse | undefined {
  const { originalResponse, causingError } = error as Partial<DetailedError>;
  return originalResponse ?? (causingError instanceof Interrupted ? causingError.response : undefined);
}

/** Why an upload stands still, in the service's own words where it said any. */
export function problemOf(error: Error | DetailedError): string {
  const response = responseOf(error), unreachable = 'The service cannot be reached.';
  if (!response) return unreachable;
  try {
    return (JSON.parse(response.getBody()) as { detail?: string }).detail ?? unreachable;
  } catch {
    return `The service answered with ${response.getStatus()}.`;
  }
}
