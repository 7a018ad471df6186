import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common'
import { JobOperator, MemoryJobRepository } from 'chunkwise'
import { ChunkStep, Job, JobParam, Step } from 'chunkwise/decorators'
import { ChunkwiseModule } from 'chunkwise/nestjs'

/** Stands for a database, which the module exports and the job uses to its end. */
@Injectable()
export class Database implements OnApplicationShutdown {
  readonly repository = new MemoryJobRepository()
  readonly written: number[] = []
  readonly atClose: string[] = []
  afterWrite: () => void = () => {}

  async onApplicationShutdown() {
    const executions = await this.repository.listRunningJobExecutions()
    this.atClose.push(`${executions.length} running`)
  }
}

@Module({ providers: [Database], exports: [Database] })
export class DatabaseModule {}

@ChunkStep({ chunkSize: 2 })
export class CopyStep {
  constructor(@Inject(Database) private readonly database: Database) {}

  async *read(@JobParam('count') count: number) {
    for (let item = 1; item <= count; item++) yield item
  }

  write(items: readonly number[]) {
    this.database.written.push(...items)
    this.database.afterWrite()
  }
}

@Job({ name: 'copy', parameters: { count: 'long' } })
export class CopyJob {
  @Step()
  copy() {
    return CopyStep
  }
}

@Injectable()
export class CopyService {
  constructor(@Inject(JobOperator) private readonly operator: JobOperator) {}

  async copy(count: number): Promise<string> {
    return (await this.operator.run('copy', { count })).status
  }
}

@Module({
  imports: [
    ChunkwiseModule.forRootAsync({
      imports: [DatabaseModule],
      inject: [Database],
      useFactory: ({ repository }: Database) => ({ repository }),
    }),
    DatabaseModule,
  ],
  providers: [CopyStep, CopyJob, CopyService],
})
export class AppModule {}
