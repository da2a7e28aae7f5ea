import type { Notice, NoticeField } from '../ports/notifier.ts';
import { textOf, titleOf } from './notice-text.ts';

type Value = string | number | boolean | null;

/** What a template may name. */
function valuesOf(notice: Notice): Readonly<Record<NoticeField, Value>> {
  const { kind, isTest, command, application, host, run, started, durationMs } = notice;
  const { snapshot, rows, bytes, error, findings, count, since, tool } = notice;
  return {
    ...{ kind, command, application, host, run, started, durationMs, snapshot, rows, bytes, count, since },
    ...{ tool, test: isTest, title: titleOf(notice), text: textOf(notice) },
    errorCode: error?.code ?? null,
    error: error?.message ?? null,
    findings: findings.join('\n'),
  };
}

/**
 * The JSON text of a template: its texts filled in, its numbers and its form kept. A text that is nothing but one
 * name becomes that value, also a number or null. Values are put into a value, never into JSON text, so that nothing
 * in them can break out.
 */
export function renderTemplate(template: unknown, notice: Notice, encode: (text: string) => string): string {
  const values: Readonly<Record<string, Value>> = valuesOf(notice);
  return JSON.stringify(
    fill(template, (name) => {
      const value = values[name] ?? null;
      return typeof value === 'string' ? encode(value) : value;
    }),
  );
}

type ReadValue = (name: string) => Value;

function fill(template: unknown, read: ReadValue): unknown {
  if (typeof template === 'string') return fillText(template, read);
  if (Array.isArray(template)) return template.map((item) => fill(item, read));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fill(value, read)]));
}

function fillText(text: string, read: ReadValue): Value {
  const whole = /^\{\{\s*([A-Za-z]+)\s*\}\}$/.exec(text);
  if (whole !== null) return read(whole[1]!);
  return text.replace(/\{\{\s*([A-Za-z]+)\s*\}\}/g, (_, name: string) => String(read(name) ?? ''));
}
