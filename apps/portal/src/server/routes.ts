import '../features/account/server/routes.ts';
import '../features/jobs/server/routes.ts';
import '../features/logs/server/routes.ts';
import '../features/overview/server/routes.ts';
import '../features/queues/server/routes.ts';
import '../features/sql/server/routes.ts';
import '../features/topics/server/routes.ts';
import { app, authorise, SERVED } from './api.ts';
import { eventStream, topicsOf } from './event-stream.ts';

/** All routes are registered by the imports above; these two answer with something other than one JSON value. */
SERVED.push({ method: 'GET', path: '/stream', permission: 'read' });
app.get('/stream', async (context) => {
  const request = context.req.raw;
  const caller = await authorise(request, 'GET', 'read');
  return eventStream(request, caller, topicsOf(context.req.query('topics') ?? ''));
});

SERVED.push({ method: 'GET', path: '/openapi.json', permission: 'read' });
app.get('/openapi.json', async (context) => {
  await authorise(context.req.raw, 'GET', 'read');
  return Response.json(
    app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Millrace',
        version: '1',
        description: 'Everything the portal does. Sign in with POST /session and send the token as bearer.',
      },
      servers: [{ url: '/api/v1' }],
    }),
  );
});

export { app, SERVED };
