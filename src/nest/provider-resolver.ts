import type { ModuleRef } from '@nestjs/core'
import type { ComponentClass, ComponentResolver } from '../decorator/component-resolver.js'
import { DecoratorError } from '../decorator/decorator-error.js'

/**
 * Gives the instances that Nest has made: those of the job's own module before those of others. It makes none itself, for
 * which Nest would need time.
 */
export function providerResolver(ownModule: ModuleRef | undefined, application: ModuleRef): ComponentResolver {
  return {
    resolve: (type) => {
      try {
        return instanceIn(ownModule, application, type)
      } catch (cause) {
        const problem =
          'Nest gives no instance of it: list it in the `providers` of a module, without a scope of its own'
        throw new DecoratorError(type.name, undefined, problem, { cause })
      }
    },
  }
}

function instanceIn<T extends object>(
  ownModule: ModuleRef | undefined,
  application: ModuleRef,
  type: ComponentClass<T>,
): T {
  if (ownModule === undefined) return application.get<T>(type, { strict: false })
  try {
    return ownModule.get<T>(type, { strict: true })
  } catch {
    return ownModule.get<T>(type, { strict: false })
  }
}
