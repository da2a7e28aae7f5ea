import { createInterface } from 'node:readline';
import { openInBrowser } from '../app.ts';
import { AppError, describeError } from '../errors.ts';
import type { DriveAccess, DriveLogin, PendingLogin } from '../ports/drive.ts';
import type { Session } from './session.ts';
import { printable } from './text-table.ts';

const patienceMinutes = 10;

/** Shows the address, and waits until the browser has come back, here or by what is pasted. */
export async function waitForLogin(
  session: Session,
  access: DriveAccess,
  { opensBrowser }: { readonly opensBrowser: boolean },
): Promise<DriveLogin> {
  const { io, output, progress } = session;
  progress.end();
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(tooLate()), patienceMinutes * 60_000);
  const signals = io.signal === undefined ? [] : [io.signal];
  let pending: PendingLogin | null = null;
  let stopReading = (): void => undefined;
  try {
    pending = await access.startLogin(AbortSignal.any([patience.signal, ...signals]));
    output.say(`Open this address in a browser, and agree there:\n\n  ${pending.url}\n`);
    if (!opensBrowser) stopReading = readPasted(session, pending);
    else if (io.isTerminal && !(await openInBrowser(pending.url)))
      output.say('No browser could be started here; --no-browser is for machines without one.');
    return await pending.finish();
  } finally {
    clearTimeout(timer);
    stopReading();
    await pending?.close();
  }
}

/** Takes lines until one is the answer; returns what ends the reading. */
function readPasted({ io, output }: Session, pending: PendingLogin): () => void {
  output.say(
    'In the end the browser cannot open a page at 127.0.0.1. That is as it should be: copy the whole address of that page, and paste it here:',
  );
  const lines = createInterface({ input: io.stdin, terminal: false });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    try {
      pending.takeAnswer(line);
      lines.close();
    } catch (error) {
      output.say(
        printable(`${describeError(error)}. Paste the whole address, beginning with http://127.0.0.1:`),
      );
    }
  });
  return () => lines.close();
}

function tooLate(): AppError {
  return new AppError(
    'STORE.AUTHENTICATION',
    `Cannot log in: nobody has agreed within ${patienceMinutes} minutes`,
    {
      hint: 'Run `holdfast drive login` again; on a machine without a browser with --no-browser',
    },
  );
}
