-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "displayName" TEXT NOT NULL,
    "role" TEXT NOT NULL DEFAULT 'viewer',
    "passwordHash" TEXT NOT NULL,
    "mustChangePassword" BOOLEAN NOT NULL DEFAULT false,
    "disabledAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Session" (
    "tokenHash" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSeenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "ip" TEXT,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("tokenHash")
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "ip" TEXT,
    "action" TEXT NOT NULL,
    "resource" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "result" TEXT NOT NULL DEFAULT 'ok',

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Checkpoint" (
    "jobId" TEXT NOT NULL,
    "id" INTEGER NOT NULL,
    "applicationId" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "triggeredAt" TIMESTAMPTZ(3) NOT NULL,
    "completedAt" TIMESTAMPTZ(3),
    "sizeBytes" BIGINT NOT NULL DEFAULT 0,
    "location" TEXT,
    "failure" TEXT,
    "metadata" JSONB,

    CONSTRAINT "Checkpoint_pkey" PRIMARY KEY ("jobId","id")
);

-- CreateTable
CREATE TABLE "SavepointRequest" (
    "id" TEXT NOT NULL,
    "jobId" TEXT NOT NULL,
    "requestedBy" TEXT NOT NULL,
    "requestedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "answeredAt" TIMESTAMPTZ(3),
    "checkpointId" INTEGER,
    "error" TEXT,

    CONSTRAINT "SavepointRequest_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Node" (
    "id" TEXT NOT NULL,
    "incarnation" TEXT NOT NULL,
    "vcores" DOUBLE PRECISION NOT NULL,
    "memoryMb" INTEGER NOT NULL,
    "logUrl" TEXT NOT NULL,
    "cpuRatio" DOUBLE PRECISION,
    "usedMemoryMb" INTEGER,
    "status" TEXT NOT NULL DEFAULT 'running',
    "registeredAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastHeartbeatAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Node_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Container" (
    "id" TEXT NOT NULL,
    "applicationId" TEXT NOT NULL,
    "requestId" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "role" TEXT NOT NULL,
    "nodeId" TEXT NOT NULL,
    "queueName" TEXT NOT NULL,
    "vcores" DOUBLE PRECISION NOT NULL,
    "memoryMb" INTEGER NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'allocated',
    "leaderEpoch" BIGINT NOT NULL,
    "pid" INTEGER,
    "exitCode" INTEGER,
    "reason" TEXT,
    "rssBytes" BIGINT,
    "allocatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "stoppingAt" TIMESTAMPTZ(3),
    "endedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Container_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Leader" (
    "role" TEXT NOT NULL,
    "holder" TEXT,
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL DEFAULT '1970-01-01 00:00:00+00'::timestamptz,

    CONSTRAINT "Leader_pkey" PRIMARY KEY ("role")
);

-- CreateTable
CREATE TABLE "Outbox" (
    "id" BIGSERIAL NOT NULL,
    "message" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Connection" (
    "name" TEXT NOT NULL,
    "connector" TEXT NOT NULL,
    "options" JSONB NOT NULL,
    "secret" BYTEA,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Connection_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "Job" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "ownerId" TEXT NOT NULL,
    "queueName" TEXT NOT NULL,
    "desiredState" TEXT,
    "desiredGeneration" INTEGER NOT NULL DEFAULT 0,
    "observedGeneration" INTEGER NOT NULL DEFAULT 0,
    "desiredVersion" INTEGER,
    "startFrom" TEXT NOT NULL DEFAULT 'latest',
    "status" TEXT NOT NULL DEFAULT 'created',
    "statusReason" TEXT,
    "waitingReason" TEXT,
    "statusAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "observedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastCheckpointId" INTEGER NOT NULL DEFAULT 0,
    "lastAttempt" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "deletedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "JobVersion" (
    "jobId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "sqlText" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "plan" JSONB NOT NULL,
    "comment" TEXT,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "JobVersion_pkey" PRIMARY KEY ("jobId","version")
);

-- CreateTable
CREATE TABLE "JobEvent" (
    "id" BIGSERIAL NOT NULL,
    "jobId" TEXT NOT NULL,
    "applicationId" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "kind" TEXT NOT NULL,
    "severity" TEXT NOT NULL DEFAULT 'info',
    "message" TEXT NOT NULL,
    "detail" JSONB,

    CONSTRAINT "JobEvent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MetricPoint" (
    "jobId" TEXT NOT NULL,
    "resolutionMs" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "values" JSONB NOT NULL,

    CONSTRAINT "MetricPoint_pkey" PRIMARY KEY ("jobId","resolutionMs","at")
);

-- CreateTable
CREATE TABLE "Queue" (
    "name" TEXT NOT NULL,
    "parentName" TEXT,
    "policy" TEXT NOT NULL DEFAULT 'fifo',
    "guaranteedVcores" DOUBLE PRECISION NOT NULL,
    "guaranteedMemoryMb" INTEGER NOT NULL,
    "maximumVcores" DOUBLE PRECISION NOT NULL,
    "maximumMemoryMb" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'running',
    "maxApplications" INTEGER NOT NULL DEFAULT 1000,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Queue_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "Application" (
    "id" TEXT NOT NULL,
    "jobId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "queueName" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "masterRestarts" INTEGER NOT NULL DEFAULT 0,
    "phase" TEXT NOT NULL DEFAULT 'waiting',
    "nextAttemptAt" TIMESTAMPTZ(3),
    "masterAddress" TEXT,
    "lastHeartbeatAt" TIMESTAMPTZ(3),
    "asks" JSONB NOT NULL DEFAULT '[]',
    "report" JSONB,
    "reportAt" TIMESTAMPTZ(3),
    "lastEventSeq" INTEGER NOT NULL DEFAULT 0,
    "startFrom" TEXT NOT NULL DEFAULT 'latest',
    "restoredFrom" INTEGER,
    "restoreReason" TEXT,
    "submittedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "endedAt" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "diagnostics" TEXT,

    CONSTRAINT "Application_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_username_key" ON "User"("username");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE INDEX "AuditEntry_resource_id_idx" ON "AuditEntry"("resource", "id");

-- CreateIndex
CREATE INDEX "Checkpoint_jobId_status_completedAt_idx" ON "Checkpoint"("jobId", "status", "completedAt");

-- CreateIndex
CREATE INDEX "SavepointRequest_jobId_answeredAt_idx" ON "SavepointRequest"("jobId", "answeredAt");

-- CreateIndex
CREATE INDEX "Container_nodeId_status_idx" ON "Container"("nodeId", "status");

-- CreateIndex
CREATE INDEX "Container_applicationId_status_idx" ON "Container"("applicationId", "status");

-- CreateIndex
CREATE UNIQUE INDEX "Container_applicationId_attempt_requestId_key" ON "Container"("applicationId", "attempt", "requestId");

-- CreateIndex
CREATE UNIQUE INDEX "Job_name_key" ON "Job"("name");

-- CreateIndex
CREATE INDEX "Job_status_idx" ON "Job"("status");

-- CreateIndex
CREATE INDEX "Job_queueName_idx" ON "Job"("queueName");

-- CreateIndex
CREATE INDEX "JobEvent_jobId_id_idx" ON "JobEvent"("jobId", "id");

-- CreateIndex
CREATE INDEX "Application_jobId_submittedAt_idx" ON "Application"("jobId", "submittedAt");

-- CreateIndex
CREATE INDEX "Application_phase_idx" ON "Application"("phase");

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Checkpoint" ADD CONSTRAINT "Checkpoint_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SavepointRequest" ADD CONSTRAINT "SavepointRequest_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Container" ADD CONSTRAINT "Container_applicationId_fkey" FOREIGN KEY ("applicationId") REFERENCES "Application"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Container" ADD CONSTRAINT "Container_nodeId_fkey" FOREIGN KEY ("nodeId") REFERENCES "Node"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Job" ADD CONSTRAINT "Job_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Job" ADD CONSTRAINT "Job_queueName_fkey" FOREIGN KEY ("queueName") REFERENCES "Queue"("name") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "JobVersion" ADD CONSTRAINT "JobVersion_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "JobEvent" ADD CONSTRAINT "JobEvent_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Queue" ADD CONSTRAINT "Queue_parentName_fkey" FOREIGN KEY ("parentName") REFERENCES "Queue"("name") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Application" ADD CONSTRAINT "Application_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- By hand from here on: what the schema language cannot say.

-- The lease that every scheduler competes for.
INSERT INTO "Leader" ("role") VALUES ('scheduler');

-- One run of a job at a time, and one live master per run: a second one is impossible even with a bug above.
CREATE UNIQUE INDEX "Application_one_living" ON "Application" ("jobId") WHERE "phase" <> 'ended';
CREATE UNIQUE INDEX "Container_one_master" ON "Container" ("applicationId")
  WHERE "role" = 'master' AND "status" IN ('allocated', 'launching', 'running', 'stopping');

-- The audit log is append only, for the application's own user too.
CREATE FUNCTION "audit_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append only';
END $$;
CREATE TRIGGER "AuditEntry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "AuditEntry"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_append_only"();

-- A wake-up that is written is a wake-up that is heard.
CREATE FUNCTION "outbox_written"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('millrace_outbox', '');
  RETURN NULL;
END $$;
CREATE TRIGGER "Outbox_written" AFTER INSERT ON "Outbox" FOR EACH STATEMENT EXECUTE FUNCTION "outbox_written"();

-- Words that code compares with.
ALTER TABLE "User" ADD CONSTRAINT "User_role" CHECK ("role" IN ('admin', 'developer', 'viewer'));
ALTER TABLE "Job" ADD CONSTRAINT "Job_desiredState" CHECK ("desiredState" IN ('running', 'suspended', 'canceled'));
ALTER TABLE "Job" ADD CONSTRAINT "Job_startFrom" CHECK ("startFrom" ~ '^(latest|none|checkpoint:[0-9]+)$');
ALTER TABLE "Application" ADD CONSTRAINT "Application_phase" CHECK ("phase" IN ('waiting', 'running', 'ended'));
ALTER TABLE "Container" ADD CONSTRAINT "Container_status"
  CHECK ("status" IN ('allocated', 'launching', 'running', 'stopping', 'finished', 'failed', 'lost'));
ALTER TABLE "Checkpoint" ADD CONSTRAINT "Checkpoint_status" CHECK ("status" IN ('completed', 'failed', 'discarded'));
ALTER TABLE "Queue" ADD CONSTRAINT "Queue_state" CHECK ("state" IN ('running', 'stopped'));
ALTER TABLE "Queue" ADD CONSTRAINT "Queue_policy" CHECK ("policy" IN ('fifo', 'fair'));
