import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** The function to start from: whole, working, and small enough to be understood at once. */
export const functionText = (name: string): string => `import { defineCandidacy, keep, z } from 'forehand';

/**
 * Keeps the servers that carry a tag for the tenant named in the X-Tenant header.
 * A request without the header, or a tenant that no server is tagged for, may go anywhere.
 */
export const ${camel(name)} = defineCandidacy({
  name: '${camel(name)}',
  options: z.strictObject({ header: z.string().default('x-tenant') }),
  create: ({ header }) => {
    const ofTenant = keep(
      (server, { request }) => server.tags.has(request.header(header) ?? ''),
      (server, { request }) => \`\${server.id} does not serve tenant \${request.header(header)}\`,
    );
    return Object.assign(
      (servers: Parameters<typeof ofTenant>[0], moment: Parameters<typeof ofTenant>[1]) => {
        const kept = ofTenant(servers, moment);
        return kept.length > 0 ? kept : servers;
      },
      { reason: ofTenant.reason },
    );
  },
});

export default ${camel(name)};
`;

/** Its test, for node's own test runner. */
export const testText = (name: string): string => `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMoment, aRequest, aServer, breaches } from 'forehand/testing';
import { ${camel(name)} } from './${name}.ts';

const run = ${camel(name)}.create({ header: 'x-tenant' }, () => undefined);

test('keeps the servers of the tenant', () => {
  const servers = [aServer({ id: 'a', tags: ['blue'] }), aServer({ id: 'b', tags: ['red'] })];
  const moment = aMoment({ request: aRequest({ headers: { 'X-Tenant': 'red' } }) });
  assert.deepEqual(run(servers, moment).map(({ id }) => id), ['b']);
});

test('a request without a tenant may go anywhere', () => {
  const servers = [aServer(), aServer()];
  assert.equal(run(servers, aMoment()).length, 2);
});

test('keeps the contract', () => {
  assert.deepEqual(breaches(run), []);
});
`;

const create = async (file: string, text: string): Promise<void> => {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST')
      throw new Error(`${file} is already there; nothing was written over it`);
    throw thrown;
  }
};

/** `forehand new-function NAME`: writes NAME.ts and NAME.test.ts. Writes over nothing. */
export const newFunction = async (
  name: string,
  { directory }: { readonly directory: string },
): Promise<void> => {
  if (!NAME.test(name))
    throw new Error(`new-function: expected a name such as by-tenant, got ${JSON.stringify(name)}`);
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${name}.ts`);
  await create(file, functionText(name));
  await create(join(directory, `${name}.test.ts`), testText(name));
  process.stdout.write(`wrote ${file} and ${join(directory, `${name}.test.ts`)}\n`);
  process.stdout.write(`use it: chain: [${file.startsWith('/') ? file : `./${file}`}, ...]\n`);
  const bundle = 'npx esbuild --bundle --platform=node --packages=external --format=esm';
  process.stdout.write(
    `test it: ${bundle} ${join(directory, `${name}.test.ts`)} | node --input-type=module\n`,
  );
};
