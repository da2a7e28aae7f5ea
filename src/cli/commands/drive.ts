import type { Command } from 'commander';
import type { DriveAccess } from '../../ports/drive.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { describeLogin, describeLogout, describeStatus, describeTest } from '../drive-text.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';

interface DriveFlags extends CommonFlags {
  readonly target?: string;
  /** False with `--no-browser`. */
  readonly browser?: boolean;
}

type Work = (session: Session, opened: OpenedDrive) => Promise<Omit<Outcome, 'exitCode'>>;

interface OpenedDrive {
  readonly access: DriveAccess;
  /** The target's name. */
  readonly target: string;
  readonly flags: DriveFlags;
}

export const addDrive: AddCommand = (program, run) => {
  const drive = program
    .command('drive')
    .description('Access to Google Drive: log in and out, look at it, test it (docs/CLI-drive.md).');
  const add = (name: string, work: Work): Command => {
    const command = withCommonOptions(drive.command(name)).option(
      '--target <name>',
      'the target of the settings, where they name several of the kind drive',
    );
    command.action((flags: DriveFlags) =>
      run(`drive ${name}`, flags, async (session) => {
        const outcome = await work(session, await openTarget(session, flags));
        return { ...outcome, exitCode: exitCodes.done };
      }),
    );
    return command;
  };
  const login = add('login', logIn)
    .summary('let Holdfast store files in a Google account')
    .description(
      'Opens the browser, where the owner of the Google account agrees, and keeps the token that comes back in a file of mode 0600. Holdfast sees only what it has stored itself.',
    )
    .option(
      '--no-browser',
      'print the address only, and take what the browser of another machine shows at the end',
    );
  withExamples(login, ['holdfast drive login', 'holdfast drive login --no-browser']);
  withExamples(
    add('logout', logOut)
      .summary('withdraw the token, and delete it')
      .description('Withdraws the token at Google and deletes its file. What is stored stays.'),
    ['holdfast drive logout'],
  );
  withExamples(
    add('status', showStatus)
      .summary('show the account, its quota, the folder and the age of the login')
      .description('Asks Google and shows the account, its quota, the folder and the age of the login.'),
    ['holdfast drive status', 'holdfast drive status --json'],
  );
  withExamples(
    add('test', runTest)
      .summary('store 1 KB, read it back, compare it, delete it')
      .description('Stores 1 KB, reads it back, compares it and deletes it.'),
    ['holdfast drive test'],
  );
};

async function openTarget({ settings, ports, io }: Session, flags: DriveFlags): Promise<OpenedDrive> {
  const { openDriveAccess } = await import('../../app.ts');
  const { findDriveTarget } = await import('../../config/drive-target.ts');
  const found = await findDriveTarget(settings, flags.target);
  const access = await openDriveAccess(found, { clock: ports.clock, endpoints: io.driveEndpoints });
  return { access, target: found.name, flags };
}

const logIn: Work = async (session, { access, target, flags }) => {
  const { waitForLogin } = await import('../drive-login.ts');
  const login = await waitForLogin(session, access, { opensBrowser: flags.browser !== false });
  return {
    document: { command: 'drive login', ok: true, target, ...login },
    text: describeLogin(login),
  };
};

const logOut: Work = async (_session, { access, target }) => {
  const logout = await access.logout();
  return {
    document: { command: 'drive logout', ok: true, target, ...logout },
    text: describeLogout(logout),
  };
};

const showStatus: Work = async (_session, { access, target }) => {
  const status = await access.status();
  return {
    document: { command: 'drive status', ok: true, target, ...status },
    text: describeStatus(status),
    isAnswer: true,
  };
};

const runTest: Work = async ({ ports }, { access }) => {
  const { testStore } = await import('../../operations/test-store.ts');
  const store = access.openStore();
  const { clock, newId, signal } = ports;
  try {
    const result = await testStore(store, {
      clock,
      id: newId(),
      ...(signal === undefined ? {} : { signal }),
    });
    return { document: { command: 'drive test', ...result }, text: describeTest(result) };
  } finally {
    await store.close();
  }
};
