import 'reflect-metadata'
import type { AnyClass, ClassMetadata } from './class-metadata.js'

/** The same in each copy of the package. */
const KEY = Symbol.for('chunkwise.class')

const EMPTY: ClassMetadata = { members: [], listeners: [], injections: [], faults: [] }

/** What the decorators of a class, and of those it extends, have said. */
export function metadataOf(type: AnyClass): ClassMetadata {
  return (Reflect.getMetadata(KEY, type) as ClassMetadata | undefined) ?? EMPTY
}

/** Adds to what is said of a class. What a class inherits is copied: it stays as it is for the class it comes from. */
export function changeMetadata(type: AnyClass, change: (before: ClassMetadata) => Partial<ClassMetadata>): void {
  const before = metadataOf(type)
  Reflect.defineMetadata(KEY, { ...before, ...change(before) }, type)
}

/** The types of a method's parameters, where the compiler has emitted them; else empty. */
export function emittedTypes(prototype: object, method: string): readonly unknown[] {
  return (Reflect.getMetadata('design:paramtypes', prototype, method) as readonly unknown[] | undefined) ?? []
}
