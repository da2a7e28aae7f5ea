import type { NoticeField } from '../ports/notifier.ts';

/** Every name that a template may hold; the type keeps the list complete. */
const fields: Readonly<Record<NoticeField, true>> = {
  kind: true,
  test: true,
  title: true,
  text: true,
  command: true,
  application: true,
  host: true,
  run: true,
  started: true,
  durationMs: true,
  snapshot: true,
  rows: true,
  bytes: true,
  errorCode: true,
  error: true,
  findings: true,
  count: true,
  since: true,
  tool: true,
};

/** All of a message, for programs. */
export const plainTemplate: unknown = Object.fromEntries(
  Object.keys(fields).map((name) => [name, `{{${name}}}`]),
);

/** For an incoming webhook of Slack; Mattermost and Rocket.Chat take it, too. */
export const slackTemplate: unknown = { text: '*{{title}}*\n{{text}}' };

/** Names in the texts of a template that stand for nothing. */
export function findUnknownFields(template: unknown): readonly string[] {
  if (typeof template === 'string') {
    const names = [...template.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)].map((match) => match[1]!);
    return names.filter((name) => !Object.hasOwn(fields, name));
  }
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap(findUnknownFields);
}
