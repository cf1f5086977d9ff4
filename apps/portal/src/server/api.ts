import { OpenAPIHono } from '@hono/zod-openapi';
import type { Actor } from '@millrace/database';
import { type EndpointShape, isGranted, type Parsed, type Permission, problemSchema } from '@millrace/protocol/api';
import type { z } from 'zod';
import { HttpError, problemOf } from './problem.ts';
import { RateLimit } from './rate-limit.ts';
import { assertNotForged, type Caller, callerOf, ipOf } from './session.ts';

const BODY_BYTES_MAX = 1_048_576;

export interface Call<Shape extends EndpointShape> {
  readonly params: Parsed<Shape['params']>;
  readonly query: Parsed<Shape['query']>;
  readonly body: Parsed<Shape['body']>;
  /** Present unless the operation is public. */
  readonly caller: Caller | undefined;
  readonly actor: Actor;
  readonly request: Request;
}

/** Returned by a handler that sets headers of its own. */
export class WithHeaders<Value> {
  readonly value: Value;
  readonly headers: Readonly<Record<string, string>>;

  constructor(value: Value, headers: Readonly<Record<string, string>>) {
    this.value = value;
    this.headers = headers;
  }
}

export interface Served {
  readonly method: EndpointShape['method'];
  readonly path: string;
  readonly permission: Permission;
}

/** What the authorisation test walks: every operation that is served. */
export const SERVED: Served[] = [];

export const app = new OpenAPIHono().basePath('/api/v1');

/**
 * Serves one operation: authenticates, authorises, checks CSRF and rate, parses, calls, answers. Errors
 * become problem+json in one place. The OpenAPI document is made from the same description.
 *
 * `perMinute`: calls per minute and user; absent: 60 for unsafe methods, unlimited for GET.
 */
export function serve<Shape extends EndpointShape>(
  shape: Shape,
  handle: (call: Call<Shape>) => Promise<z.input<Shape['answer']> | WithHeaders<z.input<Shape['answer']>>>,
  perMinute: number | undefined = shape.method === 'GET' ? undefined : 60,
): void {
  const { permission } = shape;
  const rate = perMinute === undefined ? undefined : new RateLimit(perMinute);
  SERVED.push({ method: shape.method, path: shape.path, permission });
  document(shape);
  app.on(shape.method, shape.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (context) => {
    const request = context.req.raw;
    const caller = permission === 'public' ? undefined : await authorise(request, shape.method, permission);
    if (rate !== undefined && !rate.take(caller?.user.id ?? ipOf(request), performance.now())) {
      throw new HttpError(429, 'request.too-many', 'Too many requests. Wait a few seconds, then try again.');
    }
    const call = {
      params: shape.params?.parse(context.req.param()),
      query: shape.query?.parse(context.req.query()),
      body: shape.body === undefined ? undefined : shape.body.parse(await jsonBody(request)),
      caller,
      actor: { name: caller?.user.username ?? 'anonymous', ip: ipOf(request) },
      request,
    };
    const result = await handle(call as unknown as Call<Shape>);
    const { value, headers } = result instanceof WithHeaders ? result : { value: result, headers: {} };
    return Response.json(value, { status: shape.status ?? 200, headers: { 'cache-control': 'no-store', ...headers } });
  });
}

export async function authorise(
  request: Request,
  method: EndpointShape['method'],
  permission: Permission,
): Promise<Caller> {
  const caller = await callerOf(request);
  if (caller === undefined) throw new HttpError(401, 'session.missing', 'Sign in first.');
  if (!isGranted(caller.user.role, permission)) {
    throw new HttpError(
      403,
      'permission.missing',
      `Your role, ${caller.user.role}, does not allow this. Ask an admin.`,
    );
  }
  if (method !== 'GET') assertNotForged(request, caller);
  return caller;
}

async function jsonBody(request: Request): Promise<unknown> {
  const tooLarge = () => new HttpError(413, 'request.too-large', 'The request is larger than 1 MiB.');
  if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) throw tooLarge();
  const text = await request.text();
  if (text.length > BODY_BYTES_MAX) throw tooLarge();
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpError(
      400,
      'request.not-json',
      `The body is not JSON: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

function document({ permission, ...shape }: EndpointShape): void {
  const json = (schema: z.ZodType) => ({ content: { 'application/json': { schema } } });
  app.openAPIRegistry.registerPath({
    method: shape.method.toLowerCase() as Lowercase<EndpointShape['method']>,
    path: shape.path,
    summary: shape.summary,
    ...(permission === 'public'
      ? {}
      : { security: [{ bearer: [] }], description: `Needs the permission "${permission}".` }),
    request: {
      ...(shape.params === undefined ? {} : { params: shape.params }),
      ...(shape.query === undefined ? {} : { query: shape.query }),
      ...(shape.body === undefined ? {} : { body: json(shape.body) }),
    },
    responses: {
      [shape.status ?? 200]: { description: 'ok', ...json(shape.answer) },
      default: { description: 'problem', content: { 'application/problem+json': { schema: problemSchema } } },
    },
  });
}

app.onError((error) => {
  const problem = problemOf(error);
  return Response.json(problem, {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  });
});
app.notFound(() =>
  Response.json(
    {
      type: 'about:blank',
      title: 'There is no such resource.',
      status: 404,
      code: 'request.no-route',
      detail: 'See /api/v1/openapi.json for what there is.',
    },
    { status: 404, headers: { 'content-type': 'application/problem+json' } },
  ),
);
