// The application. What makes it an agent is the call of startAgent.
import express from 'express';
import { startAgent } from 'forehand/agent';

/** Starts the application under a name, and reports to a proxy. */
export const startApp = async (name, port, proxy) => {
  const jobs = [];
  const app = express();
  app.get('/{*path}', (req, res) => {
    jobs.push(req.path);
    setTimeout(() => {
      jobs.shift();
      res.send(`${name} answers GET ${req.path}\n`);
    }, 5);
  });
  const server = app.listen(port, '127.0.0.1');
  const agent = await startAgent({
    to: proxy,
    url: `http://127.0.0.1:${port}`,
    pool: 'web',
    node: name,
    server,
    slots: 100,
    onProblem: (problem) => console.warn(`${name}: ${problem}`),
  });
  setInterval(() => agent.set('jobs', jobs.length), 250).unref();
};
