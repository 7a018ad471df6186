// What Jest and Vitest have in common.
declare function test(name: string, body: () => Promise<void>): void
declare function expect(value: unknown): {
  toBe(expected: unknown): void
  toEqual(expected: unknown): void
}
