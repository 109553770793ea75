import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { ApiError, get, remove, request } from '../api/client';
import { connection } from '../api/connection';
import type { Me, Role } from '../api/types';
import { useGeneration } from '../api/useData';
import { ErrorBox } from '../ui/States';
import { SignIn } from './SignIn';

interface Session {
  me: Me;
  /** The service does not ask who anybody is: nobody can sign out. */
  open: boolean;
  /** Whether the role allows what this role may do. */
  can: (role: Role) => boolean;
  signOut: () => Promise<void>;
}

const Context = createContext<Session | null>(null);
const order: Role[] = ['viewer', 'researcher', 'admin'];

/** Who is sitting here and what they may do. */
export function useSession(): Session {
  return useContext(Context)!;
}

/** Asks who is sitting here before anything else, and again when the service says that nobody is known any more: the page below stays as it was. */
export function SessionGate({ children }: { children: ReactNode }) {
  const [me, setMe] = useState<Me>();
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<ApiError>();
  const [left, setLeft] = useState(false);
  const generation = useGeneration();

  const ask = useCallback(async () => {
    try {
      setMe(await get('/api/v1/me'));
      setLeft(false);
      setAsked(false);
      setProblem(undefined);
    } catch (error) {
      if ((error as { status?: number }).status === 401) setAsked(true);
      else setProblem(error instanceof ApiError ? error : new ApiError(-1, 'unexpected', (error as Error).message));
    }
  }, []);
  useEffect(() => connection.onSignedOut(() => setAsked(true)), []);
  useEffect(() => void ask(), [ask, generation]);
  // Without an answer there would be no page at all.
  useEffect(() => {
    const timer = problem && setTimeout(() => void ask(), 5000);
    return () => clearTimeout(timer);
  }, [problem, ask]);

  const signOut = useCallback(async () => {
    await remove('/api/v1/session');
    setMe(undefined);
    setLeft(true);
    setAsked(true);
  }, []);
  const session = useMemo<Session | null>(
    () => me ? { me, open: me.id === 'open', can: role => order.indexOf(me.role) >= order.indexOf(role), signOut } : null,
    [me, signOut],
  );
  const signIn = async (key: string) => {
    await request('/api/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ key }) });
    await ask();
    connection.renew();
  };
  return (
    <>
      {session && <Context.Provider value={session}>{children}</Context.Provider>}
      {!session && !asked && problem && <div className="page"><ErrorBox error={problem} retry={() => void ask()} /></div>}
      {asked && <SignIn reason={me ? 'Your key is not valid any more: it has expired or was revoked. Sign in with another to go on where you were.' : left ? 'You are signed out.' : undefined} onKey={signIn} />}
    </>
  );
}

/** Only for those whose role allows it. */
export function For({ role, children, otherwise = null }: { role: Role; children: ReactNode; otherwise?: ReactNode }) {
  return useSession().can(role) ? <>{children}</> : <>{otherwise}</>;
}
