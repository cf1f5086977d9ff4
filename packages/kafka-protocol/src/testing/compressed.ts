/**
 * What real clients wrote, in base64. `BATCHES`: whole record batches of the lines of `LINES`, as librdkafka 2.0.2 (kcat -z)
 * sent them. `STREAMS`: the same lines, each followed by a line feed, compressed by the reference tools of each codec.
 */
export const LINES: readonly string[] = [
  '{"order_id":1000,"city":"Shanghai","amount":0.00,"status":"new"}',
  '{"order_id":1001,"city":"Hangzhou","amount":7.13,"status":"paid"}',
  '{"order_id":1002,"city":"Suzhou","amount":14.26,"status":"delivered"}',
  '{"order_id":1003,"city":"Shanghai","amount":21.39,"status":"new"}',
  '{"order_id":1004,"city":"Hangzhou","amount":28.52,"status":"paid"}',
  '{"order_id":1005,"city":"Suzhou","amount":35.65,"status":"delivered"}',
  '{"order_id":1006,"city":"Shanghai","amount":42.78,"status":"new"}',
  '{"order_id":1007,"city":"Hangzhou","amount":49.91,"status":"paid"}',
  '{"order_id":1008,"city":"Suzhou","amount":56.04,"status":"delivered"}',
  '{"order_id":1009,"city":"Shanghai","amount":63.17,"status":"new"}',
  '{"order_id":1010,"city":"Hangzhou","amount":70.30,"status":"paid"}',
  '{"order_id":1011,"city":"Suzhou","amount":77.43,"status":"delivered"}',
];

export const BATCHES: Readonly<Record<string, string>> = {
  gzip:
    'AAAAAAAAAAAAAAFDAAAAAAI9RwgAAAEAAAALAAABogvAzBAAAAGiC8DMEP//////////////////AAAADB+LCAAAAAAAAAN90ktKxTAU' +
    'gOFERERERMQFZHw55J22K3DuAiTYYAvaSm+rqFwQceRAxJHLNRdES/MYJ/k5XzgfGCGEX/Az6YfaDZdtTSpGKV2Rq3Z8JBW5aGx33diW' +
    'rIi97aduJBWF7fl6tOO09jc690A26NOHdvDrMsT+Que+89T00yxkgIlZ6M76Rxv07Uu7+H1Z4v8jTYsOk8D1LFS7m/beDa7+nWsvnEvk' +
    'gJyBKAPhly/t47dlSeaEvADF48SDkKjSRKFAqwzxMCTqHFFyMEWUeBQSTY4oSyhZnHgcEos0UWnYfmaSeBISyxxRC2AmSjwNiIxm95SC' +
    'oHHiWUBkLE00BqRIEH8Aghz2BooDAAA=',
  snappy:
    'AAAAAAAAAAAAAAGxAAAAAAJRoljjAAIAAAALAAABogvAxecAAAGiC8DF5///////////////////AAAADIoH8FCOAQAAAAGAAXsib3Jk' +
    'ZXJfaWQiOjEwMDAsImNpdHkiOiJTaGFuZ2hhaSIsImFtb3VudCI6MC4wMCwic3RhdHVzIjoibmV3In0AkAEAAAIBggE6SQAAMRVJHEhh' +
    'bmd6aG91HUkQNy4xMywZSTRwYWlkIn0AmAEAAAQBij6TAAAyFUoEU3U6SAAQMTQuMjYdSRxkZWxpdmVyZQFOAZgEBgFCmAAAMxlOAGhC' +
    '4QAQMjEuMzkdUAniGJIBAAAIAYQ+mAAANBVKSuIAEDI4LjUyHUod4wAKRuMAADUVS0LjABAzNS42NR1JPuMAAAxG4wAANhlORuMAEDQy' +
    'Ljc4HVAZ4wAORuMAADcVSkrjABA0OS45MR1KHeMAEEbjAAA4FUtC4wAINTYuIU0Ac1FYPuMAABJG4wAAORlORuMAEDYzLjE3HZkZ4wAU' +
    'QuMABDEwFUpK4wAMNzAuMy7yAh3jABZC4wAEMTEVS0LjAAw3Ny40LvICLGRlbGl2ZXJlZCJ9AA==',
  lz4:
    'AAAAAAAAAAAAAAGuAAAAAAKOdU5+AAMAAAALAAABogvAx+4AAAGiC8DH7v//////////////////AAAADAQiTRhgQIJuAQAA8CeOAQAA' +
    'AAGAAXsib3JkZXJfaWQiOjEwMDAsImNpdHkiOiJTaGFuZ2hhaSIsImFtb3VudCI6MC4gAPwHc3RhdHVzIjoibmV3In0AkAEAAAIBgkkA' +
    'FTFJAIdIYW5nemhvdUkARzcuMTNJAOxwYWlkIn0AmAEAAAQBikoAFTJKACtTdUgAVzE0LjI2SQCAZGVsaXZlcmVOAACYAB4GmAAWM04A' +
    'DuEAVzIxLjM5UAAC4gB8kgEAAAgBhJgAFTRKAA/iAABXMjguNTJKAAfjAB4K4wAVNUsADeMAVzM1LjY1SQAM4wAeDOMAFjZOAA7jAFc0' +
    'Mi43OFAABuMAHg7jABU3SgAP4wAAVzQ5LjkxSgAH4wAeEOMAFThLAA3GAVc1Ni4wNEkADOMAHhLjABY5TgAO4wBXNjMuMTdQAAbjAB0U' +
    '4wAWMfECD+MAAFc3MC4zMEoAB+MAHRbjABYx8wIN4wBINzcuNPICA+MAUGVkIn0AAAAAAA==',
  zstd:
    'AAAAAAAAAAAAAAEuAAAAAAJRTrMxAAQAAAALAAABogvAyfYAAAGiC8DJ9v//////////////////AAAADCi1L/0AWKUHADKMKiVQT9to' +
    'tvgQuuNHa2zQNrLJoETgfjNoE4ns7j0lxUc9TkEhqk4pi/V7/wq+2p9/wvtebkFg3q4pB7/0wp6B8loxV9Bct9UIVGtFMYwdUF2OZfWr' +
    'JRBlJCOmg4xONfupURkboLodGuE4IcT6fhPkUDweuPAXC6C6GxphCfkww5BJghKEE/d2hqVngh4gJzyh83ig0zDDE9Js4MTdn+E4GSIZ' +
    'I4gr1mJVdTUCJyCQcz21tvHMlJdps/g0wzwxVJt5oqIM64lPGdYTobYZvJhpQGNohgltmSNMMJScYnHzbMMsKzTe0lsLoYGUIYZdMIhB' +
    'fhQ=',
};

export const STREAMS: readonly {
  readonly codec: 'snappy' | 'lz4' | 'zstd';
  readonly by: string;
  readonly bytes: string;
}[] = [
  {
    codec: 'lz4',
    by: 'python lz4 4: content size, block and content checksums',
    bytes:
      'BCJNGHxAKgMAAAAAAACOMQEAAPAfeyJvcmRlcl9pZCI6MTAwMCwiY2l0eSI6IlNoYW5naGFpIiwiYW1vdW50IjowLiAA+wBzdGF0dXMi' +
      'OiJuZXcifQpBABUxQQCHSGFuZ3pob3VBAEc3LjEzQQBOcGFpZEIAFTJCACtTdUAAVzE0LjI2QQCPZGVsaXZlcmVGAAAWM0YADskAVzIx' +
      'LjM5SAAPygACFTRCAA/KAABXMjguNTJCAA/LAAMVNUMADcsAVzM1LjY1QQAPywAIFjZGAA7LAFc0Mi43OEgAD8sAAhU3QgAPywAAVzQ5' +
      'LjkxQgAPywADFThDAA2WAVc1Ni4wNEEAD8sACBY5RgAOywBXNjMuMTdIAA/LAAEWMaECD8sAAFc3MC4zMEIAD8sAAhYxowINywBINzcu' +
      'NKICA8sAUGVkIn0KbDdWpAAAAAA76JTl',
  },
  {
    codec: 'lz4',
    by: 'python lz4 4: two frames',
    bytes:
      'BCJNGGBAgr4AAADwH3sib3JkZXJfaWQiOjEwMDAsImNpdHkiOiJTaGFuZ2hhaSIsImFtb3VudCI6MC4gAPsAc3RhdHVzIjoibmV3In0K' +
      'QQAVMUEAh0hhbmd6aG91QQBHNy4xM0EATnBhaWRCABUyQgArU3VAAFcxNC4yNkEAj2RlbGl2ZXJlRgAAFjNGAA7JAFcyMS4zOUgAD8oA' +
      'AhU0QgAPygAAVzI4LjUyQgAPywADFTVDAA3LAFczNS42NUEAgGRlbGl2ZXJlAAAAAAQiTRhgQILCAAAA/jRkIn0KeyJvcmRlcl9pZCI6' +
      'MTAwNiwiY2l0eSI6IlNoYW5naGFpIiwiYW1vdW50Ijo0Mi43OCwic3RhdHVzIjoibmV3QgAVN0IAiEhhbmd6aG91QgBHOS45MUIAP3Bh' +
      'aYUAABU4QwArU3VBAFc1Ni4wNEEAj2RlbGl2ZXJlRgAAFjlGAA7LAFc2My4xN0gAD8sAASUxMEIAD8sAAFc3MC4zMEIAD8sAAiUxMUMA' +
      'DcsAVzc3LjQzQQADywBQZWQifQoAAAAA',
  },
  {
    codec: 'snappy',
    by: 'python cramjam: raw block',
    bytes:
      'qgbwQHsib3JkZXJfaWQiOjEwMDAsImNpdHkiOiJTaGFuZ2hhaSIsImFtb3VudCI6MC4wMCwic3RhdHVzIjoibmV3In0KOkEAADEVQRxI' +
      'YW5nemhvdR1BEDcuMTMsGUEQcGFpZCJCQgAAMhVCBFN1OkAAEDE0LjI2HUEcZGVsaXZlcmVKRgAAMxlGRskAEDIxLjM5HUhSygAANBVC' +
      'SsoAEDI4LjUyHUJWywAANRVDQssAEDM1LjY1HUFqywAANhlGRssAEDQyLjc4HUhSywAANxVCSssAEDQ5LjkxHUJWywAAOBVDQssACDU2' +
      'LiEtAHNRGGrLAAA5GUZGywAQNjMuMTcdiU7LAAQxMBVCSssADDcwLjMuogJSywAEMTEVQ0LLAAw3Ny40LqICLGRlbGl2ZXJlZCJ9Cg==',
  },
  {
    codec: 'snappy',
    by: 'snappy-java 1.1.10.7: SnappyOutputStream, blocks of 1 KiB',
    bytes:
      'glNOQVBQWQAAAAABAAAAAQAAATaqBvBAeyJvcmRlcl9pZCI6MTAwMCwiY2l0eSI6IlNoYW5naGFpIiwiYW1vdW50IjowLjAwLCJzdGF0' +
      'dXMiOiJuZXcifQo6QQAAMRVBHEhhbmd6aG91HUEQNy4xMywZQRBwYWlkIkJCAAAyFUIEU3U6QAAQMTQuMjYdQRxkZWxpdmVyZUpGAAAz' +
      'GUZGyQAQMjEuMzkdSFLKAAA0FUJKygAQMjguNTIdQlbLAAA1FUNCywAQMzUuNjUdQWrLAAA2GUZGywAQNDIuNzgdSFLLAAA3FUJKywAQ' +
      'NDkuOTEdQlbLAAA4FUNCywAINTYuIS0Ac1EYassAADkZRkbLABA2My4xNx2JTssABDEwFUJKywAQNzAuMzAdQlLLAAQxMRVDQssAEDc3' +
      'LjQzHUEsZGVsaXZlcmVkIn0K',
  },
  {
    codec: 'zstd',
    by: 'python zstandard 0.25: level 3, content size and checksum',
    bytes:
      'KLUv/WQqAvUFAEKJHh1gRevYKGKpPWy7qZ0Dd7CAgEVt4VaWyHOKIEvgBI72v5t9+bm/19ValY5eu9AfvweppDZ5OmmPg5ZvH3/MQ8DC' +
      'c+os6okcB9vBe38uyiKJTdCBAE28qEybKZtslpnKOBdDU0NhU5LYFESZKiQkqMHMzdTBAfMcsyhAICBQM3IetWZjuGbwRjE8kIW5jn2N' +
      'imH4y4gejc1OlC0YOoabfbvcUGYfbzd54oUZetCRghV9NqRhFCwxunpYTA9vGeam',
  },
  {
    codec: 'zstd',
    by: 'python zstandard 0.25: level 19, no content size',
    bytes:
      'KLUv/QBopQUAYkkeGXDNAwAEoAjcCu6ZVl2liBiKIpIiTunnHgvNeYz/q/mK6+N7g9Ith0946dJFITpz8EF/7bHnAnOy+bNmGwvdxFbI' +
      '3P1DsHop097jsyDTgenwQNWRxT3beTLNjq/ZGT+LQjvoS5EDU4To2VK+RgdrrZ9db9HY2ixNBRygEGgVzNZaewZgFWUH9dhwYdrE6NFu' +
      'NBMX8yPszqNkNoPLDBMJSm540FNRhb/mGBaPsC09LJ0C',
  },
  {
    codec: 'zstd',
    by: 'python zstandard 0.25: two frames',
    bytes:
      'KLUv/WCQAK0EAAIHGRxga3XYumiqsEHuJw/awYKIqsNZ/xZEnqMIEgY5SdGEEicVcDJAuoxYZAp3YEthTXYuvFwn0GpgwtZgXhMW8PiC' +
      'vas3U7Zs9KjLNyGij9x1Y1635eoM6QxHzjmrvlwhshXhHQETACBRsNlpyhbBUGC4ad8uYSjT+IDtJpF4wQw9hI5QsCL4DAwBhqFgidDV' +
      'w1J6KLUv/WCaAJ0EAIKHGh1ga3XYuii548Tafx60gwURlbamD5JByoGKIGGQA0kl866mVNblzYQo7WkKZ2hMaSKCuCTMNWKVVKLTNJjX' +
      'A1609/VEhA0TRwlnQK3DF51DH911w7xulq8zoCscIaq7zhzhaexx7gA8zgIQAKDWwMYA14DB0KjT+IDtJiFxMDQROkLBjOAzMAjgDAUb' +
      'Ci9EAQ==',
  },
];

/** 3,000,000 zeros as zstd frames: one that tells its size, one that does not. */
export const ZEROS: readonly string[] = [
  'KLUv/YBYwMYtAFQAABAAAAEA+/85wAICABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQ' +
    'AAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAADNg4A',
  'KLUv/QBYVAAAEAAAAQD7/znAAgIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQ' +
    'AAIAEAACABAAAgAQAAIAEAACABAAAgAQAAM2DgA=',
];
