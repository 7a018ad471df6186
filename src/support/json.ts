/** A value that JSON carries without loss. Positions of readers and writers are of this type. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
