import type { Slide } from '../../api/types';
import { capital } from '../../ui/words';

/** It was refused for its stain, and may be used all the same. */
export const isStainProblem = (slide: Slide) => slide.state === 'failed' && /anyStain/.test(slide.problem ?? '');

/** Why it stands still, without how REST would state it: the buttons beside it do that. */
export const problemOf = ({ problem }: Slide) => problem?.replace(/[,;] (to use it all the same, )?state (it|`).*$/s, '.').replace(/^'[^']+' /, 'The file ') ?? null;

/** The scanner family as people write it. */
export const vendorOf = ({ vendor }: Slide) => (vendor === 'generic-tiff' ? 'TIFF' : vendor === 'dicom' ? 'DICOM' : capital(vendor));
