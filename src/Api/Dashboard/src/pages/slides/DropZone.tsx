import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from '../../ui/Button';
import { Icon } from '../../ui/Icon';

/** Files by choice, or dropped anywhere on the page. */
export function DropZone({ large, onFiles, children }: { large: boolean; onFiles: (files: File[]) => void; children?: ReactNode }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const then = useRef(onFiles);
  then.current = onFiles;
  useEffect(() => {
    const holds = (event: DragEvent) => event.dataTransfer?.types.includes('Files');
    const drag = (event: DragEvent) => {
      if (!holds(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => !event.relatedTarget && setOver(false);
    const drop = (event: DragEvent) => {
      if (!holds(event)) return;
      event.preventDefault();
      setOver(false);
      then.current([...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener('dragover', drag);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', drag);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, []);
  return (
    <div className={`drop-zone ${large ? 'large' : ''} ${over ? 'over' : ''}`}>
      <Icon name="upload" />
      <div className="grow">
        <strong>{over ? 'Drop to upload' : 'Drop slides here'}</strong>
        <span className="quiet"> — SVS, TIFF, NDPI, SCN, MIRAX or DICOM as a zip, of any size. An upload that is cut goes on where it was.</span>
      </div>
      <div className="row">
        {children}
        <Button kind={large ? 'primary' : undefined} onClick={() => input.current!.click()}>
          Choose files
        </Button>
      </div>
      <input
        ref={input}
        id="file"
        type="file"
        multiple
        className="for-readers"
        tabIndex={-1}
        aria-label="Slide files"
        onChange={event => {
          then.current([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
    </div>
  );
}
