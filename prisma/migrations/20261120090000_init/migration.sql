-- CreateTable
CREATE TABLE "backup_history" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "command" TEXT NOT NULL,
    "subject" TEXT,
    "who" TEXT NOT NULL,
    "process" INTEGER NOT NULL,
    "tool" TEXT NOT NULL,
    "started" DATETIME NOT NULL,
    "finished" DATETIME,
    "result" TEXT NOT NULL,
    "database" TEXT,
    "snapshot" TEXT,
    "tables" INTEGER,
    "rows" BIGINT,
    "bytes" BIGINT,
    "duration_ms" INTEGER,
    "error_code" TEXT,
    "error" TEXT,
    "details" JSONB,
    "notifications" JSONB
);

-- CreateTable
CREATE TABLE "backup_config" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL,
    "changed" DATETIME NOT NULL,
    "run" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "backup_alarm" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "since" DATETIME NOT NULL,
    "count" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "sent" DATETIME
);

-- CreateIndex
CREATE INDEX "backup_history_started_idx" ON "backup_history"("started");

-- CreateIndex
CREATE INDEX "backup_history_command_started_idx" ON "backup_history"("command", "started");
