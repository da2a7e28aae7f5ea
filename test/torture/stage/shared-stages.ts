import { openStage, type Stage, type StageEngine } from './stage.ts';

const stages = new Map<StageEngine, Promise<Stage>>();

/** A stage that all classes of this process use, one after the other: making one costs seconds. */
export function useStage(engine: StageEngine): Promise<Stage> {
  const stage = stages.get(engine) ?? openStage(engine);
  stages.set(engine, stage);
  return stage;
}

/** Drops the databases of all stages. */
export async function closeStages(): Promise<void> {
  for (const stage of stages.values()) await (await stage).close();
  stages.clear();
}
