import { formatBytes, formatCount, formatSeconds, formatTable } from './format.ts';
import type { StageTable } from './part.ts';

/** Where each second goes: every stage by itself, beside the command that does them side by side. */
export function renderStages(table: StageTable, cores: number): string {
  const { engine, work, rows, idKind, stages, whole } = table;
  const cells = stages.map(({ name, seconds, cpuSeconds, serverCpuSeconds, bytes }) => [
    name,
    formatSeconds(seconds),
    share(seconds, whole.seconds),
    formatSeconds(cpuSeconds),
    share(cpuSeconds, whole.cpuSeconds),
    formatSeconds(serverCpuSeconds),
    bytes > 0 && seconds > 0 ? `${formatBytes(bytes / seconds)}/s` : '',
  ]);
  const total = [
    '**the whole command**',
    formatSeconds(whole.seconds),
    '100 %',
    formatSeconds(whole.cpuSeconds),
    '100 %',
    formatSeconds(whole.serverCpuSeconds),
    '',
  ];
  const head = ['stage, by itself', 'wall', 'of the whole', 'CPU', 'of the whole', "server's CPU", 'limit'];
  const title = `### ${engine} ${work}: ${formatCount(rows)} orders, ${idKind} ids`;
  return `${title}\n\n${formatTable(head, [...cells, total])}\n${describeLimit(whole, cores)}\n`;
}

/** With every core busy all the time, the same work could not take less. */
function describeLimit(
  { seconds, cpuSeconds, serverCpuSeconds }: StageTable['whole'],
  cores: number,
): string {
  const least = (cpuSeconds + serverCpuSeconds) / cores;
  return (
    `Its CPU and the server's together would keep ${cores} cores busy for ${formatSeconds(least)}: ` +
    `${share(least, seconds)} of what it took.`
  );
}

function share(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(0)} %`;
}
