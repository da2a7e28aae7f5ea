import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, Backend, SeenRequest } from './hostile-server.ts';

interface Upload {
  readonly key: string;
  readonly parts: Map<number, Buffer>;
}

const modified = 'Fri, 20 Nov 2026 10:00:00 GMT';

/**
 * As much of S3 as a client needs, in memory, for tests that break it. It does not check signatures: what it says is
 * proven elsewhere, against a real server.
 */
export function createS3Backend(): Backend & { readonly uploads: Map<string, Upload> } {
  const objects = new Map<string, Buffer>();
  const tags = new Map<string, string>();
  const uploads = new Map<string, Upload>();
  let count = 0;

  function store(key: string, body: Buffer, tag: string): void {
    objects.set(key, body);
    tags.set(key, tag);
  }

  function put({ key, query }: SeenRequest, headers: IncomingHttpHeaders, body: Buffer): Answer {
    const upload = uploads.get(query.get('uploadId') ?? '');
    const tag = hash('md5', body);
    if (query.has('uploadId')) {
      if (upload === undefined) return error(404, 'NoSuchUpload');
      upload.parts.set(Number(query.get('partNumber')), body);
      return { status: 200, headers: { etag: `"${tag}"` }, body: empty };
    }
    if (headers['if-none-match'] === '*' && objects.has(key)) return error(412, 'PreconditionFailed');
    store(key, body, tag);
    return { status: 200, headers: { etag: `"${tag}"` }, body: empty };
  }

  function post({ key, query }: SeenRequest, headers: IncomingHttpHeaders): Answer {
    if (query.has('uploads')) {
      const id = `upload-${++count}`;
      uploads.set(id, { key, parts: new Map() });
      return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    const id = query.get('uploadId') ?? '';
    const upload = uploads.get(id);
    if (upload === undefined) return error(404, 'NoSuchUpload');
    if (headers['if-none-match'] === '*' && objects.has(key)) return error(412, 'PreconditionFailed');
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    const digests = Buffer.concat(parts.map((part) => Buffer.from(hash('md5', part), 'hex')));
    store(key, Buffer.concat(parts), `${hash('md5', digests)}-${parts.length}`);
    uploads.delete(id);
    return xml('<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>');
  }

  function get({ key, query }: SeenRequest, headers: IncomingHttpHeaders): Answer {
    if (key === '') return query.has('uploads') ? listUploads() : listObjects();
    const upload = uploads.get(query.get('uploadId') ?? '');
    if (query.has('uploadId')) return upload === undefined ? error(404, 'NoSuchUpload') : listParts(upload);
    const object = objects.get(key);
    if (object === undefined) return error(404, 'NoSuchKey');
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    if (start > 0 && start >= object.length) return error(416, 'InvalidRange');
    const range =
      start === 0 ? {} : { 'content-range': `bytes ${start}-${object.length - 1}/${object.length}` };
    return {
      status: start === 0 ? 200 : 206,
      headers: { ...headOf(key), ...range },
      body: object.subarray(start),
    };
  }

  function headOf(key: string): Record<string, string> {
    return { etag: `"${tags.get(key)}"`, 'last-modified': modified };
  }

  function listObjects(): Answer {
    const contents = [...objects].map(
      ([key, { length }]) =>
        `<Contents><Key>${key}</Key><Size>${length}</Size><LastModified>2026-11-20T10:00:00.000Z</LastModified></Contents>`,
    );
    return xml(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`);
  }

  function listUploads(): Answer {
    const list = [...uploads].map(
      ([id, { key }]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`,
    );
    return xml(`<ListMultipartUploadsResult>${list.join('')}</ListMultipartUploadsResult>`);
  }

  function listParts({ parts }: Upload): Answer {
    const list = [...parts].map(
      ([number, part]) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>"${hash('md5', part)}"</ETag><Size>${part.length}</Size></Part>`,
    );
    return xml(`<ListPartsResult><IsTruncated>false</IsTruncated>${list.join('')}</ListPartsResult>`);
  }

  return {
    objects,
    uploads,
    answer(request, headers, body) {
      if (request.method === 'PUT') return put(request, headers, body);
      if (request.method === 'POST') return post(request, headers);
      if (request.method === 'GET') return get(request, headers);
      if (request.method === 'HEAD') {
        const object = objects.get(request.key);
        if (object === undefined) return error(404, '');
        return {
          status: 200,
          headers: { ...headOf(request.key), 'content-length': String(object.length) },
          body: empty,
        };
      }
      if (request.query.has('uploadId')) uploads.delete(request.query.get('uploadId')!);
      else objects.delete(request.key);
      return { status: 204, headers: {}, body: empty };
    },
  };
}

const empty = Buffer.alloc(0);

function xml(text: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: Buffer.from(`<?xml version="1.0"?>${text}`),
  };
}

function error(status: number, code: string): Answer {
  return { ...xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`), status };
}
