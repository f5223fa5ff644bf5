// Serves GraphQL on a free port of this machine, says on stderr which, and remembers what it was asked.
//   GET /log     what came since the start or the last reset, as JSON: [{ method, url, headers, body }]
//   GET /reset   forgets it
import { createServer } from 'node:http';

async function whole(stream) {
  const parts = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}

// `answer` is given { method, url, headers, body } and gives { status, headers, body }.
export function listen(answer) {
  let log = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    if (url === '/reset') log = [];
    if (url === '/log' || url === '/reset')
      return response.setHeader('content-type', 'application/json').end(JSON.stringify(log));
    const asked = { method, url, headers, body: await whole(request) };
    log.push(asked);
    try {
      const answered = await answer(asked);
      // The length that the server says is that of the text before numbers were put in.
      const length = Buffer.byteLength(answered.body);
      response.writeHead(answered.status, { ...answered.headers, 'content-length': length }).end(answered.body);
    } catch (error) {
      console.error(error);
      response.writeHead(500).end();
    }
  });
  server.listen(0, '127.0.0.1', () => console.error(`listening on http://127.0.0.1:${server.address().port}/graphql`));
}
