import { useSyncExternalStore } from 'react';
import { Link } from 'wouter';
import { Button, IconButton } from '../../ui/Button';
import { Icon } from '../../ui/Icon';
import { Card } from '../../ui/Layout';
import { Progress } from '../../ui/Progress';
import { bytes, span } from '../../ui/words';
import { uploads, type Sending } from './uploads';

/** What is on its way in, with how fast and how long. */
export function Uploads() {
  const sendings = useSyncExternalStore(uploads.subscribe, uploads.all);
  if (!sendings.length) return null;
  const open = sendings.filter(one => one.state !== 'done').length;
  return (
    <Card
      title={open ? `Uploading: ${open} of ${sendings.length}` : 'Uploads'}
      actions={
        sendings.some(one => one.state === 'done') && (
          <Button small kind="plain" onClick={uploads.dismissDone}>
            Clear finished
          </Button>
        )
      }
    >
      <ul className="uploads" aria-label="Uploads">
        {sendings.map(one => (
          <Row key={one.id} one={one} />
        ))}
      </ul>
    </Card>
  );
}

function wordsOf(one: Sending) {
  switch (one.state) {
    case 'waiting':
      return 'Waits for its turn';
    case 'paused':
      return `Paused at ${bytes(one.sent)} of ${bytes(one.size)}`;
    case 'checking':
      return 'Arrived; being looked at';
    case 'sending':
      return `${bytes(one.sent)} of ${bytes(one.size)}${one.speed > 0 ? ` · ${bytes(one.speed)}/s · ${span((one.size - one.sent) / one.speed)} left` : ''}${one.resumedAt ? ` · went on at ${bytes(one.resumedAt)}` : ''}`;
    default:
      return '';
  }
}

function Row({ one }: { one: Sending }) {
  const over = one.state === 'done' || one.state === 'failed';
  return (
    <li className="upload">
      <Icon name={one.state === 'done' ? 'check' : one.state === 'failed' ? 'bad' : 'file'} className={one.state} />
      <div className="grow">
        <div className="row between">
          <strong className="cut">{one.name}</strong>
          {one.state === 'done' && one.slideId && <Link href={`/slides/${one.slideId}`}>Open</Link>}
          {one.state === 'done' && <span className="quiet small">{bytes(one.size)}</span>}
        </div>
        {!over && <Progress label={`Upload of ${one.name}`} value={one.size ? one.sent / one.size : 0} words={wordsOf(one)} />}
        {one.ignored && <p className="quiet small">This file was here already; the options were not applied to it.</p>}
        {one.state === 'failed' && <p className="wrong small">{one.problem}</p>}
      </div>
      <div className="row">
        {(one.state === 'sending' || one.state === 'waiting') && <IconButton small kind="plain" icon="pause" label={`Pause ${one.name}`} onClick={() => uploads.pause(one.id)} />}
        {one.state === 'paused' && <IconButton small kind="plain" icon="play" label={`Go on with ${one.name}`} onClick={() => uploads.resume(one.id)} />}
        {one.state === 'failed' && (
          <Button small onClick={() => uploads.resume(one.id)}>
            Try again
          </Button>
        )}
        {over ? <IconButton small kind="plain" icon="close" label={`Dismiss ${one.name}`} onClick={() => uploads.dismiss(one.id)} /> : <IconButton small kind="plain" icon="trash" label={`Cancel ${one.name}`} onClick={() => uploads.cancel(one.id)} />}
      </div>
    </li>
  );
}
