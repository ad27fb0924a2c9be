import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Project {
  readonly type: 'application' | 'library';
  readonly root: string;
  readonly entryFile: string;
}

const root = join(import.meta.dirname, '..');
const cli = JSON.parse(readFileSync(join(root, 'nest-cli.json'), 'utf8')) as {
  readonly projects: Readonly<Record<string, Project>>;
};

/** The folders below `parent` that hold `file`, as `nest-cli.json` names them. */
function foldersWith(parent: string, file: string): string[] {
  return readdirSync(join(root, parent)).filter((name) => existsSync(join(root, parent, name, file)));
}

function projectsOf(type: Project['type']): string[] {
  return Object.keys(cli.projects).filter((name) => cli.projects[name]?.type === type);
}

describe('nest-cli.json', () => {
  it('names every app and every library, and nothing else', () => {
    expect(new Set(projectsOf('application'))).toEqual(new Set(foldersWith('apps', 'main.ts')));
    expect(new Set(projectsOf('library'))).toEqual(new Set(foldersWith('libs', 'index.ts')));
  });

  it.each(Object.entries(cli.projects))('finds %s where it says', (_name, project) => {
    const entry = project.type === 'application' ? project.entryFile : join(project.root, project.entryFile);
    expect(existsSync(join(root, `${entry}.ts`))).toBe(true);
  });
});
