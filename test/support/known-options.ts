import ts from 'typescript'
import { optionsOf } from '../../scripts/options-reference/option.js'
import { origin, type PublicApi } from '../../scripts/options-reference/public-api.js'
import { walk } from './architecture/source-file.js'

/** A place where the names of options are checked at run time: `check.object(options, names)`. */
export interface CheckedNames {
  /** `launch/shutdown.ts: options` */
  readonly place: string
  /** Names that the type has and the check refuses, or the other way round. `undefined`: one of them cannot be read. */
  readonly different: readonly string[] | undefined
}

/** The checks of names in src, compared with the types of what they check. */
export function checkedNames({ checker, files }: PublicApi): readonly CheckedNames[] {
  return files.flatMap((file) => {
    const found: CheckedNames[] = []
    walk(file, (node) => {
      if (!ts.isCallExpression(node) || !isCheck(checker, node.expression)) return
      const [options, names] = node.arguments
      if (options === undefined || names === undefined) return
      const place = `${file.fileName.replace(/^.*\/src\//, '')}: ${options.getText()}`
      found.push({ place, different: difference(typed(checker, options), listed(checker, names)) })
    })
    return found
  })
}

function isCheck(checker: ts.TypeChecker, callee: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'object') return false
  return checker.getTypeAtLocation(callee.expression).symbol?.name === 'OptionCheck'
}

function difference(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] | undefined {
  if (a === undefined || b === undefined) return undefined
  return [...a.filter((name) => !b.includes(name)), ...b.filter((name) => !a.includes(name))]
}

/** The names that the type of an expression has. */
function typed(checker: ts.TypeChecker, options: ts.Expression): readonly string[] | undefined {
  const names = optionsOf(checker, [checker.getTypeAtLocation(options)]).map(({ name }) => name)
  return names.length === 0 ? undefined : names.filter((name) => !name.includes('.'))
}

/** The texts of a list: written out, spread, joined by `concat`, or named. */
function listed(checker: ts.TypeChecker, list: ts.Expression): readonly string[] | undefined {
  if (ts.isAsExpression(list)) return listed(checker, list.expression)
  if (ts.isStringLiteralLike(list)) return [list.text]
  if (ts.isSpreadElement(list)) return listed(checker, list.expression)
  if (ts.isArrayLiteralExpression(list)) return joined(checker, list.elements)
  if (ts.isCallExpression(list) && ts.isPropertyAccessExpression(list.expression)) {
    return list.expression.name.text === 'concat'
      ? joined(checker, [list.expression.expression, ...list.arguments])
      : undefined
  }
  const symbol = ts.isIdentifier(list) ? checker.getSymbolAtLocation(list) : undefined
  const declared = symbol === undefined ? undefined : origin(checker, symbol).valueDeclaration
  if (declared === undefined || !ts.isVariableDeclaration(declared)) return undefined
  return declared.initializer === undefined ? undefined : listed(checker, declared.initializer)
}

function joined(checker: ts.TypeChecker, lists: readonly ts.Expression[]): readonly string[] | undefined {
  const texts = lists.map((list) => listed(checker, list))
  return texts.includes(undefined) ? undefined : texts.flatMap((names) => names ?? [])
}
