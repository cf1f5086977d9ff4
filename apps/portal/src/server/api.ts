import { OpenAPIHono } from '@hono/zod-openapi';
import type { Actor } from '@millrace/database';
import { problemSchema } from '@millrace/protocol/api';
import type { z } from 'zod';
import { isGranted, type Permission } from './permission.ts';
import { HttpError, problemOf } from './problem.ts';
import { RateLimit } from './rate-limit.ts';
import { assertNotForged, type Caller, callerOf, ipOf } from './session.ts';

type Method = 'get' | 'post' | 'patch' | 'delete';
const BODY_BYTES_MAX = 1_048_576;

/** One operation of the REST API as data: what it takes, what it gives, who may call it. */
export interface RouteSpec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> {
  readonly method: Method;
  /** Below /api/v1, parameters in braces: `/jobs/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly permission: Permission;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly answer: A;
  readonly status?: 200 | 201;
  /** Calls per minute and user; absent: 60 for unsafe methods, unlimited for safe ones. */
  readonly perMinute?: number;
}

export interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Present unless the route is public. */
  readonly caller: Caller | undefined;
  readonly actor: Actor;
  readonly request: Request;
}

/** Returned by a handler that sets headers of its own. */
export class Answer {
  readonly value: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(value: unknown, headers: Readonly<Record<string, string>>) {
    this.value = value;
    this.headers = headers;
  }
}

/** What the authorisation test walks: every route there is. */
export const ROUTES: { readonly method: Method; readonly path: string; readonly permission: Permission }[] = [];

export const app = new OpenAPIHono().basePath('/api/v1');

/**
 * Registers one operation: authenticates, authorises, checks CSRF and rate, parses, calls, answers. Errors
 * become problem+json in one place. The OpenAPI document is made from the same description.
 */
export function route<
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
  A extends z.ZodType = z.ZodType,
>(
  spec: RouteSpec<P, Q, B, A>,
  handle: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<z.input<A> | Answer>,
): void {
  const limit = spec.perMinute ?? (spec.method === 'get' ? undefined : 60);
  const rate = limit === undefined ? undefined : new RateLimit(limit);
  ROUTES.push({ method: spec.method, path: spec.path, permission: spec.permission });
  document(spec);
  app.on(spec.method.toUpperCase(), spec.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (context) => {
    const request = context.req.raw;
    const caller = spec.permission === 'public' ? undefined : await authorise(request, spec);
    if (rate !== undefined && !rate.take(caller?.user.id ?? ipOf(request), performance.now())) {
      throw new HttpError(429, 'request.too-many', 'Too many requests. Wait a few seconds, then try again.');
    }
    const params = spec.params?.parse(context.req.param());
    const query = spec.query?.parse(context.req.query());
    const body = spec.body === undefined ? undefined : spec.body.parse(await jsonBody(request));
    const actor: Actor = { name: caller?.user.username ?? 'anonymous', ip: ipOf(request) };
    const result = await handle({ params, query, body, caller, actor, request } as Call<
      z.output<P>,
      z.output<Q>,
      z.output<B>
    >);
    const { value, headers } = result instanceof Answer ? result : { value: result, headers: {} };
    return Response.json(value, { status: spec.status ?? 200, headers: { 'cache-control': 'no-store', ...headers } });
  });
}

async function authorise(
  request: Request,
  spec: { readonly method: Method; readonly permission: Permission },
): Promise<Caller> {
  const caller = await callerOf(request);
  if (caller === undefined) throw new HttpError(401, 'session.missing', 'Sign in first.');
  if (!isGranted(caller.user.role, spec.permission)) {
    throw new HttpError(
      403,
      'permission.missing',
      `Your role, ${caller.user.role}, does not allow this. Ask an admin.`,
    );
  }
  if (spec.method !== 'get') assertNotForged(request, caller);
  return caller;
}

async function jsonBody(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.length > BODY_BYTES_MAX) throw new HttpError(413, 'request.too-large', 'The request is larger than 1 MiB.');
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

function document(spec: RouteSpec<z.ZodType, z.ZodType, z.ZodType, z.ZodType>): void {
  const json = (schema: z.ZodType) => ({ content: { 'application/json': { schema } } });
  app.openAPIRegistry.registerPath({
    method: spec.method,
    path: spec.path,
    summary: spec.summary,
    ...(spec.permission === 'public'
      ? {}
      : { security: [{ bearer: [] }], description: `Needs the permission "${spec.permission}".` }),
    request: {
      ...(spec.params === undefined ? {} : { params: spec.params as z.ZodObject }),
      ...(spec.query === undefined ? {} : { query: spec.query as z.ZodObject }),
      ...(spec.body === undefined ? {} : { body: json(spec.body) }),
    },
    responses: {
      [spec.status ?? 200]: { description: 'ok', ...json(spec.answer) },
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
    { type: 'about:blank', title: 'There is no such resource.', status: 404 },
    { status: 404, headers: { 'content-type': 'application/problem+json' } },
  ),
);
