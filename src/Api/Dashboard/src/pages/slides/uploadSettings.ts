import { get } from '../../api/client';

/** What is said of files beside what they say themselves. */
export interface UploadSettings {
  mpp?: string;
  encoder?: string;
  anyStain?: boolean;
}

/** As the service reads it when an upload begins; an upload that goes on keeps what was said then. */
export function metadataOf(file: File, { mpp, encoder, anyStain }: UploadSettings): Record<string, string> {
  return { filename: file.name, ...(mpp ? { mpp } : {}), ...(encoder ? { encoder } : {}), ...(anyStain ? { anyStain: 'true' } : {}) };
}

/** By what an upload is found again: with other settings it is another. */
export const fingerprintOf = (file: File, metadata: Record<string, string>, endpoint: string) =>
  ['tus-br', file.name, file.type, file.size, file.lastModified, endpoint, ...Object.entries(metadata).filter(([name]) => name !== 'filename').flat()].join('-');

/** Whether a slide is not what was asked for: the same file was here already, and stays as it is. */
export async function ignoredFor(slideId: string, { mpp, encoder, anyStain }: UploadSettings): Promise<boolean> {
  if (!mpp && !encoder && !anyStain) return false;
  const { slide } = await get('/api/v1/slides/{id}', { path: { id: slideId } });
  return Boolean((mpp && slide.mpp !== Number(mpp)) || (encoder && slide.encoderId !== encoder) || (anyStain && !slide.anyStain));
}
