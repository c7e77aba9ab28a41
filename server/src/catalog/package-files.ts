import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'

import {
  canonicalJson,
  componentFile,
  componentOfFile,
  type Problem,
  type RawComponent,
  isKind,
} from '@trellis/metamodel'

/** An app package as it was read from a folder. */
export interface PackageFiles {
  app: string
  components: RawComponent[]
  /** Files that are no JSON, or whose path names no component. */
  problems: (Problem & { file: string })[]
}

/** Folders of a package that hold no components. */
const BESIDE = new Set(['demo', 'node_modules'])

/**
 * Reads an app package: one component, one file; the path is the full name. Every file that cannot be read
 * as a component is reported, none stops the others.
 */
export async function readPackage(folder: string, app: string): Promise<PackageFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.json') && entry.name !== 'package.json',
    )
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !BESIDE.has(path.split('/')[0] ?? ''))
    .toSorted()
  const found: PackageFiles = { app, components: [], problems: [] }
  for (const path of paths) readComponent(found, path, await readFile(join(folder, path), 'utf8'))
  return found
}

/** Takes one file into a package. */
export function readComponent(found: PackageFiles, path: string, text: string): void {
  const place = componentOfFile(path, found.app)
  const refuse = (code: string, en: string, zh: string): void => {
    found.problems.push({
      code,
      severity: 'error',
      kind: place?.kind ?? '',
      name: place?.name ?? path,
      path: '',
      file: path,
      message: { 'en-US': en, 'zh-CN': zh },
    })
  }
  if (!place) {
    refuse('unknown_file', `No kind of metadata lies at "${path}"`, `“${path}”处不应有元数据文件`)
    return
  }
  try {
    const { $schema: _schema, ...definition } = JSON.parse(text.replace(/^\uFEFF/, '')) as Record<
      string,
      unknown
    >
    found.components.push({ ...place, definition, file: path })
  } catch (error) {
    const reason = error instanceof Error ? error.message : ''
    refuse('not_json', `Not JSON: ${reason}`, `不是合法的 JSON：${reason}`)
  }
}

/** The problems of a package's components with the files they lie in. */
export function withFiles(problems: readonly Problem[]): (Problem & { file?: string })[] {
  return problems.map((problem) =>
    isKind(problem.kind)
      ? { ...problem, file: componentFile(problem.kind, problem.name) }
      : problem,
  )
}

/** Writes components as a package: canonical JSON, one component, one file. Files of components that are gone are removed. */
export async function writePackage(
  folder: string,
  components: readonly RawComponent[],
): Promise<string[]> {
  const files = new Map(
    components.flatMap((one) =>
      isKind(one.kind)
        ? [[componentFile(one.kind, one.name), `${canonicalJson(one.definition, 2)}\n`] as const]
        : [],
    ),
  )
  const old = await readPackage(folder, '').catch(() => undefined)
  for (const { file } of old?.components ?? []) {
    if (file !== undefined && !files.has(file)) await rm(join(folder, file))
  }
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return [...files.keys()]
}
