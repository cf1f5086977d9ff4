-- AlterTable
ALTER TABLE "Checkpoint" ADD COLUMN     "writtenBytes" BIGINT;
