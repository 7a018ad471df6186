// Runs in a process of its own: an application with a job that does not end, until a signal comes.
import 'reflect-metadata'
import { type DynamicModule, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { chunk, JobOperator, MemoryJobRepository } from '../../src/index.js'
import { AfterJob, Job, Step } from '../../src/decorators.js'
import { ChunkwiseModule } from '../../src/nestjs.js'

@Job({ name: 'endless' })
class EndlessJob {
  @Step()
  count() {
    return chunk({
      chunkSize: 10,
      reader: endless,
      writer: () => new Promise<void>((resolve) => setImmediate(resolve)),
    })
  }

  @AfterJob()
  tell({ status }: { readonly status: string }) {
    console.log(status)
  }
}

async function* endless() {
  for (let item = 1; ; item++) yield item
}

@Module({})
class AppModule {
  static of(chunkwise: DynamicModule): DynamicModule {
    return { module: AppModule, imports: [chunkwise], providers: [EndlessJob] }
  }
}

const chunkwise = ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() })
const application = await NestFactory.createApplicationContext(AppModule.of(chunkwise), { logger: false })
application.enableShutdownHooks(['SIGTERM'])
await application.get(JobOperator).start('endless')
console.log('started')
