import { useEffect, useState } from 'react';
import { ago, moment } from './words';

/** When something was, as people say it; exact when pointed at. */
export function Time({ value }: { value: string | null | undefined }) {
  const [, turn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => turn(n => n + 1), 30_000);
    return () => clearInterval(timer);
  }, []);
  return value ? (
    <time dateTime={value} title={moment(value)} className="nowrap">
      {ago(value)}
    </time>
  ) : (
    <span className="quiet">–</span>
  );
}
