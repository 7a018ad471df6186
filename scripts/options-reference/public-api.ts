import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../run.mjs'

/** An import of the package, with what it exports in the order of its entry file. */
export interface Subpath {
  /** `chunkwise/postgres` */
  readonly name: string
  readonly exports: readonly Export[]
}

/** Something that a subpath exports. */
export interface Export {
  readonly name: string
  readonly symbol: ts.Symbol
}

/** What the package exports, as the compiler sees it. */
export interface PublicApi {
  readonly checker: ts.TypeChecker
  readonly subpaths: readonly Subpath[]
  /** All files of src that an entry file leads to. */
  readonly files: readonly ts.SourceFile[]
}

/** Compiles src from its entry files: those that `exports` of package.json names, in that order. */
export function publicApi(): PublicApi {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object }
  const names = Object.keys(manifest.exports).filter((name) => !name.endsWith('.json'))
  const entries = names.map((name) => join(root, 'src', name === '.' ? 'index.ts' : `${name.slice(2)}.ts`))
  const program = ts.createProgram(entries, compilerOptions())
  const checker = program.getTypeChecker()
  const subpaths = names.map((name, index) => ({
    name: name.replace('.', 'chunkwise'),
    exports: exportsOf(checker, program.getSourceFile(entries[index] as string)),
  }))
  const files = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(join(root, 'src').replaceAll('\\', '/')))
  return { checker, subpaths, files }
}

function exportsOf(checker: ts.TypeChecker, file: ts.SourceFile | undefined): readonly Export[] {
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file)
  if (module === undefined) return []
  return checker.getExportsOfModule(module).map((symbol) => ({ name: symbol.name, symbol: origin(checker, symbol) }))
}

/** What a name of a type stands for, wherever it was declared. */
export function symbolOf(checker: ts.TypeChecker, { typeName }: ts.TypeReferenceNode): ts.Symbol | undefined {
  const symbol = checker.getSymbolAtLocation(typeName)
  return symbol === undefined ? undefined : origin(checker, symbol)
}

/** What a symbol stands for where it is imported or exported again. */
export function origin(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol)
}

function compilerOptions(): ts.CompilerOptions {
  const file = join(root, 'tsconfig.json')
  const { config } = ts.readConfigFile(file, (name) => readFileSync(name, 'utf8')) as { config: object }
  return ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root, {}, file).options
}
