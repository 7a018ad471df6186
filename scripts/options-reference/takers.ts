import ts from 'typescript'
import type { Export, PublicApi } from './public-api.js'

/** Who takes an options object: a function, a class when it is made, or a method. */
export interface Taker {
  /** `PostgresPagingItemReader`, `JobOperator.prune`, `@Job` */
  readonly name: string
  /** What it is: the first sentence of its doc comment. */
  readonly summary: string
  /** The type of the options object; of overloads, all of them. */
  readonly types: readonly ts.Type[]
}

/** The takers among the exports of a subpath. Errors take options too, but nobody hands them any. */
export function takersOf({ checker, subpaths }: PublicApi, subpath: string): readonly Taker[] {
  const exports = subpaths.find(({ name }) => name === subpath)?.exports ?? []
  const values = exports.filter(
    ({ name, symbol }) => (symbol.flags & ts.SymbolFlags.Value) !== 0 && !name.endsWith('Error'),
  )
  const isDecorators = subpath.endsWith('/decorators')
  return values.flatMap((value) => [
    ...whole(checker, value, isDecorators && /^[A-Z]/.test(value.name) ? '@' : ''),
    ...methods(checker, value),
  ])
}

function whole(checker: ts.TypeChecker, { name, symbol }: Export, prefix: string): readonly Taker[] {
  const type = checker.getTypeOfSymbol(symbol)
  const types = optionTypes(checker, [...type.getConstructSignatures(), ...type.getCallSignatures()])
  return types.length === 0 ? [] : [{ name: prefix + name, summary: summaryOf(checker, symbol), types }]
}

/** The static methods of a class, and those of what it makes, where their options have a name. */
function methods(checker: ts.TypeChecker, { name, symbol }: Export): readonly Taker[] {
  if ((symbol.flags & ts.SymbolFlags.Class) === 0) return []
  const members = [checker.getTypeOfSymbol(symbol), checker.getDeclaredTypeOfSymbol(symbol)]
  return members
    .flatMap((type) => type.getProperties())
    .filter((member) => member.name !== 'prototype' && !member.name.startsWith('#'))
    .map((member) => ({
      name: `${name}.${member.name}`,
      summary: summaryOf(checker, member),
      types: optionTypes(checker, checker.getTypeOfSymbol(member).getCallSignatures()).filter(isNamed),
    }))
    .filter(({ types }) => types.length > 0)
}

/** What the parameters are called whose properties are options. */
const NAMES = ['options', 'transitions']

function optionTypes(checker: ts.TypeChecker, signatures: readonly ts.Signature[]): readonly ts.Type[] {
  return signatures.flatMap((signature) =>
    signature.getParameters().flatMap((parameter) => {
      const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter))
      if (NAMES.includes(parameter.name)) return [type]
      // A rest parameter whose tuple has them, or one that is taken apart at once.
      return branches(checker, type)
        .flatMap((branch) => elements(checker, branch))
        .filter(isNamed)
    }),
  )
}

/** What a type may be: the members of a union, the branches of a conditional type. */
function branches(checker: ts.TypeChecker, type: ts.Type): readonly ts.Type[] {
  if ((type.flags & ts.TypeFlags.Conditional) === 0) return unionOf(type)
  const { trueType, falseType } = (type as ts.ConditionalType).root.node
  return [trueType, falseType].map((node) => checker.getTypeFromTypeNode(node))
}

function elements(checker: ts.TypeChecker, type: ts.Type): readonly ts.Type[] {
  if (!checker.isTupleType(type)) return [type]
  return checker.getTypeArguments(type as ts.TypeReference).map((element) => checker.getNonNullableType(element))
}

function isNamed(type: ts.Type): boolean {
  const parts = type.isIntersection() ? type.types : [type]
  return parts.some((part) => (part.aliasSymbol ?? part.symbol)?.name.endsWith('Options') === true)
}

/** The members of a union, or the type itself. */
export function unionOf(type: ts.Type): readonly ts.Type[] {
  return type.isUnion() ? type.types : [type]
}

/** The first sentence of a doc comment, on one line. */
export function summaryOf(checker: ts.TypeChecker, symbol: ts.Symbol): string {
  const text = docText(symbol.getDocumentationComment(checker))
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text
}

/** A doc comment on one line, links as names. */
export function docText(parts: readonly ts.SymbolDisplayPart[]): string {
  return ts
    .displayPartsToString([...parts])
    .replaceAll(/\{@link (\S+?) ?\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
