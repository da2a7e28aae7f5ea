import { countOf } from '../../util/bytes.ts';
import { formatInstant, formatSpan } from '../../util/time-text.ts';
import type { Report, ReportData, ReportError, ReportFinding } from '../report.ts';
import { renderBadge } from './badge.ts';
import { html, type Markup } from './html.ts';
import { countSeverities, shorten, type Tone, toneOf } from './words.ts';

/** The three questions with which somebody opens the page. */
export function renderAnswers(report: Report): Markup {
  const todo = listTodo(report);
  return html`<section class="answers${todo.length < 3 ? ' calm' : ''}" aria-label="At a glance">
    ${renderAnswer('Can I restore?', '#backups', answerRestore(report))}
    ${renderAnswer('Is the data sound?', '#data', answerData(report.data))}
    ${renderTodo(todo)}
  </section>`;
}

interface Answer {
  readonly tone: Tone;
  readonly short: string;
  readonly sentences: readonly string[];
}

function renderAnswer(question: string, anchor: string, { tone, short, sentences }: Answer): Markup {
  return html`<article class="card answer ${tone}">
    <h2><a href="${anchor}">${question}</a></h2>
    <p class="short">${short}</p>
    ${sentences.map((sentence) => html`<p>${sentence}</p>`)}
  </article>`;
}

function answerRestore({ created, health, snapshots }: Report): Answer {
  const newest = health.lastVerified;
  if (newest === null) {
    const sentence =
      snapshots.length === 0 ? 'There is no backup yet.' : 'No backup of the whole database is verified.';
    return { tone: 'error', short: 'No', sentences: [sentence] };
  }
  const ageMs = Date.parse(created) - Date.parse(newest.created);
  const limit = formatSpan(health.maxAgeMs);
  const sentences = [
    `The newest verified backup was taken ${formatInstant(newest.created)}, ${formatSpan(ageMs)} before this report.`,
    describeReach(snapshots),
  ];
  if (ageMs > health.maxAgeMs) {
    return {
      tone: 'error',
      short: `Only as of ${formatSpan(ageMs)} ago`,
      sentences: [...sentences, `It should be younger than ${limit}.`],
    };
  }
  const doubts =
    health.findings.length === 0 ? [] : [`The health check has ${countSeverities(health.findings)!}.`];
  const tone = toneOf(health.findings) === 'error' ? 'warning' : 'good';
  return { tone, short: tone === 'good' ? 'Yes' : 'Yes, with doubts', sentences: [...sentences, ...doubts] };
}

function describeReach(snapshots: Report['snapshots']): string {
  const good = snapshots.filter(
    ({ verified, whole, kinds }) => verified !== null && whole && !kinds.includes('safety'),
  );
  const oldest = good.at(-1)?.created ?? null;
  const reach = oldest === null ? '' : `, back to ${oldest.slice(0, 10)}`;
  return `${countOf(good.length, 'verified backup')}${reach}.`;
}

function answerData(data: ReportData): Answer {
  if (data.status === 'skipped') {
    return {
      tone: 'plain',
      short: 'Not checked',
      sentences: ['The checks of the data were left out of this report.'],
    };
  }
  if (data.status === 'failed') {
    return {
      tone: 'error',
      short: 'Not known',
      sentences: [`The checks could not run: ${shorten(data.error.message)}`],
    };
  }
  const { findings, checks, unfinished } = data;
  const run = `${countOf(checks, 'check')} over ${countOf(data.tables, 'table')}`;
  const left = unfinished === 0 ? [] : [`${countOf(unfinished, 'check')} did not come to the end.`];
  const tone = toneOf(findings);
  const counted = countSeverities(findings);
  if (counted === null) return { tone, short: 'Yes', sentences: [`${run} found nothing.`, ...left] };
  const tables = new Set(findings.flatMap(({ model, table }) => table ?? model ?? []));
  const places = tables.size === 0 ? '' : `, in ${tables.size} of them`;
  const sentences = [`${run} found ${counted}${places}.`, ...left];
  return { tone, short: tone === 'error' ? 'No' : 'Mostly', sentences };
}

/** So many things can be kept in mind at once. */
const mostShown = 5;

function renderTodo(todo: readonly Todo[]): Markup {
  const rest = todo.length - mostShown;
  return html`<article class="card answer todo ${toneOf(todo)}">
    <h2>What needs doing?</h2>
    <p class="short">${todo.length === 0 ? 'Nothing' : countOf(todo.length, 'thing')}</p>
    ${todo.length === 0 ? html`<p>No finding asks for anything.</p>` : null}
    <ol>${todo
      .slice(0, mostShown)
      .map(
        ({ severity, text, anchor }) =>
          html`<li>${renderBadge(severity)} <a href="${anchor}">${shorten(text, 140)}</a></li>`,
      )}</ol>
    ${rest > 0 ? html`<p class="muted">and ${rest} more below</p>` : null}
  </article>`;
}

/** Errors first. */
function listTodo({ health, data, cleanup }: Report): readonly Todo[] {
  const todo: readonly Todo[] = [
    ...health.findings.map((finding, index) => todoOf(finding, `#health-${index}`)),
    ...(data.status === 'failed' ? [failureOf(data.error, '#data')] : []),
    ...(cleanup.status === 'failed' ? [failureOf(cleanup.error, '#cleanup')] : []),
    ...(data.status === 'checked'
      ? data.findings.map((finding, index) => todoOf(finding, `#data-${index}`))
      : []),
  ];
  const isError = ({ severity }: Todo): boolean => severity === 'error';
  return [...todo.filter(isError), ...todo.filter((one) => !isError(one))];
}

interface Todo {
  readonly severity: ReportFinding['severity'];
  readonly text: string;
  readonly anchor: string;
}

function todoOf(finding: ReportFinding, anchor: string): Todo {
  const { model, table, severity, message } = finding;
  const owner = model ?? table;
  const isNamed = owner === null || message.includes(owner);
  return { severity, text: isNamed ? message : `${owner}: ${message}`, anchor };
}

function failureOf({ message, hint }: ReportError, anchor: string): Todo {
  return { severity: 'error', text: hint ?? message, anchor };
}
