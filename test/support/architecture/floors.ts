import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import type { Import, SourceFile } from './source-file.js'

/** The table of floors and what stands in it by name. */
export interface House {
  /** The floor of each folder of src; support is under all of them. */
  readonly floors: Readonly<Record<string, number>>
  /** Folders that only entry files may import. */
  readonly plugs: readonly string[]
  /** Folders that may import a plug nevertheless. */
  readonly plugExceptions: Readonly<Record<string, readonly string[]>>
  /** The packages that may be imported, each with the folders that may. */
  readonly packages: Readonly<Record<string, readonly string[]>>
}

/** The imports that the house does not allow, as `file:line -> what: why`. */
export function forbiddenImports(files: readonly SourceFile[], house: House): readonly string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((edge) => {
      const why = edge.target === undefined ? judgePackage(file, edge, house) : judgeEdge(file, edge.target, house)
      return why === undefined ? [] : [`${file.path}:${edge.line} -> ${edge.target ?? edge.specifier}: ${why}`]
    }),
  )
}

/** Whether a file is a public subpath. */
export function isEntry(path: string): boolean {
  return !path.includes('/')
}

function judgeEdge(file: SourceFile, target: string, house: House): string | undefined {
  if (target.startsWith('..')) return 'leaves src'
  if (isEntry(target)) return 'is an entry file; nothing in src imports those'
  return judgePlug(file.path, target, house) ?? judgeFloor(file.path, target, house)
}

function judgeFloor(from: string, target: string, { floors }: House): string | undefined {
  if (isEntry(from)) return undefined
  const [here, there] = [topFolder(from), topFolder(target)]
  const [own, other] = [floors[here], floors[there]]
  if (own === undefined) return `the folder ${here} has no floor`
  if (other === undefined) return `the folder ${there} has no floor`
  if (here === there || other < own) return undefined
  return other === own ? `${here} and ${there} are on one floor` : `${there} is above ${here}`
}

function judgePlug(from: string, target: string, { plugs, plugExceptions }: House): string | undefined {
  const plug = plugs.find((folder) => isIn(target, folder))
  if (plug === undefined || isEntry(from) || isIn(from, plug)) return undefined
  const excepted = Object.entries(plugExceptions).some(([folder, into]) => isIn(from, folder) && into.includes(plug))
  return excepted ? undefined : `${plug} is a plug; only entry files import it`
}

function judgePackage(file: SourceFile, { specifier }: Import, { packages }: House): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  if (builtinModules.includes(specifier)) return `is written node:${specifier}`
  const folders = packages[packageOf(specifier)]
  if (folders === undefined) return 'is a package that src does not use'
  return folders.some((folder) => isIn(file.path, folder)) ? undefined : `is for ${folders.join(', ')}`
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function topFolder(path: string): string {
  return path.slice(0, path.indexOf('/'))
}

function isIn(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`)
}

/** Cycles of files and cycles of folders, type imports included, each as `a -> b -> a`. */
export function importCycles(files: readonly SourceFile[]): readonly string[] {
  const known = new Set(files.map(({ path }) => path))
  const byFile = new Map<string, Set<string>>()
  const byFolder = new Map<string, Set<string>>()
  for (const { path, imports } of files) {
    for (const { target } of imports) {
      if (target === undefined || !known.has(target)) continue
      connect(byFile, path, target)
      if (isEntry(path)) continue
      const [from, to] = [posix.dirname(path), posix.dirname(target)]
      if (from !== to) connect(byFolder, from, to)
    }
  }
  return [...cycles(byFile), ...cycles(byFolder)]
}

function connect(graph: Map<string, Set<string>>, from: string, to: string): void {
  const targets = graph.get(from) ?? new Set()
  graph.set(from, targets.add(to))
}

/** One cycle for each node at which a depth-first search comes back to its own path. */
function cycles(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const found: string[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (node: string): void => {
    const start = path.indexOf(node)
    if (start >= 0) found.push([...path.slice(start), node].join(' -> '))
    if (start >= 0 || done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return found
}
