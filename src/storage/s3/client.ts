import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AwsV4Signer } from 'aws4fetch';
import type { S3Settings } from '../../ports/offsite.ts';
import type { CallOptions } from '../../ports/store.ts';
import { networkFailure } from '../network-failure.ts';
import { StoreError } from '../store-error.ts';
import { explainFailure, S3Failure } from './failure.ts';
import { HttpConnections, readText } from './http.ts';
import { parseXml, type XmlElement } from './xml.ts';

export interface S3Request extends CallOptions {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** The object's key without the prefix; null for the bucket. */
  readonly name: string | null;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly onSent?: (bytes: number) => void;
}

const mostAnswerBytes = 16 * 1024 * 1024;

/** Signed requests to one bucket. Every rejection is an S3Failure, an AppError, or the reason of the signal. */
export class S3Client {
  readonly #settings: S3Settings;
  readonly #connections = new HttpConnections();
  readonly #now: () => Date;
  /** aws4fetch keeps the derived keys of the day here. */
  readonly #keys = new Map<string, ArrayBuffer>();

  constructor(settings: S3Settings, now: () => Date) {
    this.#settings = settings;
    this.#now = now;
  }

  /** An answer that says success; its body is not read yet. */
  async send(request: S3Request): Promise<IncomingMessage> {
    const { signal } = request;
    signal?.throwIfAborted();
    try {
      const response = await this.#sendSigned(request);
      if (response.statusCode! >= 200 && response.statusCode! < 300) return response;
      throw this.#failure(response, await readText(response, mostAnswerBytes));
    } catch (error) {
      throw this.#explainLoss(error, signal);
    }
  }

  /** The same where the body is of no interest. */
  async sendAndDrain(request: S3Request): Promise<IncomingMessage> {
    const response = await this.send(request);
    await this.#read(response, request.signal);
    return response;
  }

  /** The same where the body is a document; an error may come with status 200. */
  async sendForXml(request: S3Request): Promise<XmlElement> {
    const response = await this.send(request);
    const text = await this.#read(response, request.signal);
    const document = this.#parse(text);
    if (document.name === 'Error') throw this.#failure(response, text, errorStatus);
    return document;
  }

  /** Turns what a call has thrown into what the port promises. */
  explain(error: unknown, what: string): unknown {
    return error instanceof S3Failure ? explainFailure(error, what) : error;
  }

  close(): void {
    this.#connections.close();
  }

  async #sendSigned({
    method,
    name,
    query = {},
    headers = {},
    body,
    signal,
    onSent,
  }: S3Request): Promise<IncomingMessage> {
    const { credentials, region } = this.#settings;
    const signer = new AwsV4Signer({
      method,
      url: this.#urlOf(name, query).href,
      headers: { ...headers, 'x-amz-content-sha256': hash('sha256', body ?? '') },
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
      ...(credentials.sessionToken === null ? {} : { sessionToken: credentials.sessionToken }),
      service: 's3',
      region,
      cache: this.#keys,
      datetime: this.#now()
        .toISOString()
        .replace(/[:-]|\.\d{3}/g, ''),
    });
    const signed = await signer.sign();
    return this.#connections.send({
      method,
      url: signed.url,
      headers: { 'user-agent': 'holdfast', ...Object.fromEntries(signed.headers) },
      body: body ?? (method === 'PUT' || method === 'POST' ? new Uint8Array() : null),
      ...(signal === undefined ? {} : { signal }),
      ...(onSent === undefined ? {} : { onSent }),
    });
  }

  #urlOf(name: string | null, query: Readonly<Record<string, string>>): URL {
    const { endpoint, bucket, isPathStyle, prefix } = this.#settings;
    const url = new URL(endpoint);
    if (!isPathStyle) url.hostname = `${bucket}.${url.hostname}`;
    const key = name === null ? '' : `${prefix}${name}`;
    url.pathname = isPathStyle ? `/${bucket}${key === '' ? '' : `/${key}`}` : `/${key}`;
    for (const [parameter, value] of Object.entries(query)) url.searchParams.set(parameter, value);
    return url;
  }

  async #read(response: IncomingMessage, signal: AbortSignal | undefined): Promise<string> {
    try {
      return await readText(response, mostAnswerBytes);
    } catch (error) {
      throw this.#explainLoss(error, signal);
    }
  }

  /** Servers quote in their answer what was sent to them: keys too. */
  #failure({ statusCode, headers }: IncomingMessage, body: string, status = statusCode!): S3Failure {
    const { accessKeyId, secretAccessKey, sessionToken } = this.#settings.credentials;
    const secrets = [accessKeyId, secretAccessKey, sessionToken].filter(
      (one) => one !== null && one.length > 3,
    );
    const masked = secrets.reduce<string>((text, secret) => text.replaceAll(secret!, '***'), body);
    return new S3Failure(status, masked, headers);
  }

  #explainLoss(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    return error instanceof S3Failure ? error : networkFailure(error, `No answer from ${this.#host}`);
  }

  #parse(text: string): XmlElement {
    try {
      return parseXml(text);
    } catch (error) {
      throw new StoreError(
        'STORE.LOST',
        `The answer of ${this.#host} cannot be read: ${(error as Error).message}`,
      );
    }
  }

  get #host(): string {
    return new URL(this.#settings.endpoint).host;
  }
}

/** An error that came with status 200 is the server's own trouble. */
const errorStatus = 500;
