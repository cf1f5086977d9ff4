import type { z } from 'zod';
import type { Permission } from './permission.ts';

/**
 * One operation of the REST API as data: the server routes by it, the browser calls by it, OpenAPI is written
 * from it and the tests walk it. `path` is below `/api/v1` and spells parameters as `{id}`.
 */
export interface EndpointShape {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: `/${string}`;
  /** One line for the API documentation: what it does, in the imperative. */
  readonly summary: string;
  /** What its caller must be granted; the server checks nothing else before it parses. */
  readonly permission: Permission;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** Of a successful answer; 200 when absent. */
  readonly status?: 200 | 201 | 202;
}

/** Keeps the literal types of one endpoint, so that callers and handlers are checked against them. */
export function endpoint<const Shape extends EndpointShape>(shape: Shape): Shape {
  return shape;
}

/** What a handler is given for one part of the request, after parsing. */
export type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
/** What a caller writes for one part of the request; defaults may be left out. */
export type Given<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined;
/** What comes back. */
export type Answer<Shape extends EndpointShape> = z.output<Shape['answer']>;
