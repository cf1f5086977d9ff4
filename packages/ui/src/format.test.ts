import { expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
  formatWhole,
  timeZoneOf,
} from './format.ts';

test('what is unknown is a dash, never a zero', () => {
  expect([
    formatCount(undefined),
    formatRate(null),
    formatBytes(null),
    formatDuration(undefined),
    formatRatio(null),
  ]).toEqual(['–', '–', '–', '–', '–']);
});

test('a duration never reads as sixty of its smaller unit, nor as none of it', () => {
  expect([59_600, 60_000, 119_700, 3_599_800, 7_200_000, 172_800_000].map(formatDuration)).toEqual([
    '1 min',
    '1 min',
    '2 min',
    '1 h',
    '2 h',
    '2 d',
  ]);
});

test('a number of things is told to the last one', () => {
  expect([formatWhole(7), formatWhole(1_002), formatWhole(1_234_567), formatWhole(undefined)]).toEqual([
    '7',
    '1,002',
    '1,234,567',
    '–',
  ]);
});

test('a zone is named by its distance from UTC', () => {
  expect(timeZoneOf(0)).toMatch(/^UTC([+-]\d\d:\d\d)?$/);
});

test('numbers are short and carry their unit', () => {
  expect([
    formatCount(0),
    formatCount(0.75),
    formatCount(12.34),
    formatCount(9_999),
    formatCount(12_345),
    formatCount(1_234_567),
  ]).toEqual(['0', '0.75', '12.3', '9,999', '12.3 k', '1.2 M']);
  expect([formatBytes(512), formatBytes(1_536), formatBytes(300 * 1024 * 1024)]).toEqual([
    '512 B',
    '1.5 KiB',
    '300 MiB',
  ]);
  expect([
    formatDuration(12),
    formatDuration(1_500),
    formatDuration(65_000),
    formatDuration(3_600_000 * 3 + 60_000 * 20),
    formatDuration(86_400_000 * 3),
  ]).toEqual(['12 ms', '1.5 s', '1 min 5 s', '3 h 20 min', '3 d']);
});
