import { hasProgram, runProgram } from './run-program.ts';

/** The command is there. */
export const hasNginx = hasProgram('nginx', '-v');

const TEMP = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** Everything that nginx writes goes to `folder`. */
const configOf = (http: string, folder: string): string => `
daemon off;
master_process off;
error_log stderr error;
pid ${folder}/pid;
events { worker_connections 512; }
http {
  access_log off;
  ${TEMP.map((what) => `${what}_temp_path ${folder}/${what};`).join('\n  ')}
  ${http}
}
`;

/** Runs nginx with these lines of its http block until the returned function is called. Resolves once `port` is listened on. */
export const runNginx = (http: string, port: number): Promise<() => Promise<void>> =>
  runProgram({
    command: 'nginx',
    config: (folder) => configOf(http, folder),
    args: (file, folder) => ['-p', folder, '-e', 'stderr', '-c', file],
    port,
  });
