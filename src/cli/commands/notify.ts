import { AppError } from '../../errors.ts';
import type { NotifyTestResult } from '../../operations/notify-test.ts';
import { countOf } from '../../util/bytes.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { formatTable, printable } from '../text-table.ts';

export const addNotify: AddCommand = (program, run) => {
  const notify = program
    .command('notify')
    .description(
      'Messages to the operator: webhook, mail, heartbeat (holdfast.config.json, "notifications").',
    );
  const command = withCommonOptions(notify.command('test'))
    .summary('send one message of each kind through every channel')
    .description(
      'Sends one message of each kind through every channel that takes it, marked as a test, and says how each went. Exit code 4 when one did not get through.',
    );
  withExamples(command, ['holdfast notify test']);
  command.action((flags: CommonFlags) => run('notify test', flags, runTest));
};

async function runTest({ settings, ports }: Session): Promise<Outcome> {
  const { openNotifier, readWhoAndWhere } = await import('../../app.ts');
  const { applicationName } = await import('../../api/recording.ts');
  const { readNotifications } = await import('../../config/notifications.ts');
  const { testNotifications } = await import('../../operations/notify-test.ts');
  const { problems, ...channels } = await readNotifications(settings);
  if (channels.channels.length === 0 && problems.length === 0) throw nothingToTest();
  const result = await testNotifications({
    notifier: await openNotifier(channels),
    problems,
    about: {
      application: applicationName(settings),
      host: readWhoAndWhere().host,
      tool: ports.tool,
      started: ports.clock.now().toISOString(),
    },
  });
  return {
    document: result,
    text: describe(result),
    exitCode: result.ok ? exitCodes.done : exitCodes.findings,
  };
}

function nothingToTest(): AppError {
  return new AppError('CONFIG.SETTING', 'There is no channel to test: the settings name none', {
    hint: 'For example in holdfast.config.json: { "notifications": { "webhook": { "url": { "env": "HOLDFAST_WEBHOOK_URL" } } } }',
  });
}

function describe({ ok, deliveries, problems }: NotifyTestResult): string {
  const rows = deliveries.map(({ channel, what, ok: arrived, message }) => [
    printable(channel),
    what,
    arrived ? 'sent' : 'FAILED',
    message,
  ]);
  const failed = deliveries.filter((delivery) => !delivery.ok).length + problems.length;
  return [
    ...problems.map((problem) => `Wrong: ${printable(problem)}`),
    ...(rows.length === 0 ? [] : [formatTable(['Channel', 'Message', 'Result', 'Answer'], rows)]),
    ok
      ? `All ${countOf(deliveries.length, 'message')} got through`
      : `${countOf(failed, 'thing')} to put right`,
  ].join('\n');
}
