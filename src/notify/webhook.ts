import type { WebhookSettings } from '../ports/notifier.ts';
import type { MessageChannel } from './channel.ts';
import { post } from './http.ts';
import { withRetries } from './retry.ts';
import { renderTemplate } from './template.ts';

/** Posts JSON made from the channel's template. */
export function createWebhook(settings: WebhookSettings): MessageChannel {
  const encode = settings.escapesMarkup ? escapeMarkup : (text: string) => text;
  return {
    send(notice, { deadline, limits }) {
      const body = renderTemplate(settings.template, notice, encode);
      const message = { body, contentType: 'application/json' };
      return withRetries(limits, deadline, (timeoutMs) => post(settings, message, timeoutMs));
    },
  };
}

/** The three characters that Slack's own markup takes for something: https://docs.slack.dev/messaging/formatting-message-text */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
