import { formatInstant } from '../../util/time-text.ts';
import type { Report } from '../report.ts';
import { renderAnswers } from './answers.ts';
import { renderBackups } from './backups.ts';
import { renderCleanup } from './cleanup.ts';
import { renderData, renderHealth } from './findings.ts';
import { html, Markup } from './html.ts';
import { renderModels } from './models.ts';
import { style } from './style.ts';

/**
 * The page of a report: one HTML file that needs no network and no script. The same report gives the same bytes.
 */
export function renderReport(report: Report): string {
  const database = report.database;
  const name = database === null ? 'no database yet' : shortName(database.name);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${name}: integrity report ${report.created.slice(0, 10)}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
  <p class="eyebrow">Integrity report</p>
  <h1>${name}</h1>
  <p class="muted">${formatInstant(report.created)}${database === null ? null : html` · ${database.provider}${database.host === null ? null : ` on ${database.host}`}`} · backups in <code>${report.folder}</code></p>
</header>
<main>
${renderAnswers(report)}
${renderData(report.data)}
${renderHealth(report.health)}
${renderBackups(report)}
${renderModels(report.history)}
${renderCleanup(report.cleanup)}
</main>
<footer><p>Made by ${report.tool}. All times are UTC. The JSON document of the same name holds every figure of this page.</p></footer>
</body>
</html>
`;
  return page.text;
}

/** The name of a database, or of the file that it is. */
function shortName(name: string): string {
  return name.split(/[\\/]/).at(-1) || name;
}
