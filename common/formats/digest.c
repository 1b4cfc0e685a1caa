/* SHA-1 (FIPS 180-4) and MD5 (RFC 1321): both pad the same way and differ in
 * the order of bytes and in the round. */
#include "formats/digest.h"

#include <stdio.h>

const uint8_t tcn_uuid_space[16] = {0xb8, 0x7f, 0xa0, 0xf3, 0x98, 0x8f,
                                    0x4a, 0xe9, 0xae, 0x87, 0x2f, 0x0d,
                                    0x96, 0x2a, 0xb1, 0xee};
/* STIX 2.1, 2.9 "Identifiers" */
const uint8_t tcn_uuid_stix[16] = {0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42,
                                   0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2,
                                   0x33, 0x15, 0xa9, 0xb7};

struct hashing {
    uint32_t state[5];
    uint64_t len;
    uint8_t block[64];
    bool big_endian;
    void (*round)(uint32_t *state, const uint32_t *words);
};

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

static void round_sha1(uint32_t *state, const uint32_t *words)
{
    static const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
                                         0xca62c1d6};
    uint32_t w[80];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3],
             e = state[4];
    memcpy(w, words, 64);
    for (unsigned i = 16; i < 80; i++) {
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    }
    for (unsigned i = 0; i < 80; i++) {
        uint32_t f = i < 20              ? (b & c) | (~b & d)
                     : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d)
                                         : b ^ c ^ d;
        uint32_t next = rotate(a, 5) + f + e + constants[i / 20] + w[i];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

/* floor(2^32 * abs(sin(i + 1))) */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a,
    0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
    0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
    0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
    0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
    0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
    0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
    0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
    0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

static void round_md5(uint32_t *state, const uint32_t *words)
{
    static const uint8_t turns[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    for (unsigned i = 0; i < 64; i++) {
        uint32_t f[] = {(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d,
                        c ^ (b | ~d)};
        unsigned at[] = {i, 5 * i + 1, 3 * i + 5, 7 * i};
        uint32_t sum = a + f[i / 16] + sines[i] + words[at[i / 16] % 16];
        a = d;
        d = c;
        c = b;
        b += rotate(sum, turns[i / 16][i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

static void add_block(struct hashing *h, const uint8_t *block)
{
    uint32_t words[16];
    for (unsigned i = 0; i < 16; i++) {
        words[i] = 0;
        for (unsigned k = 0; k < 4; k++) {
            unsigned shift = h->big_endian ? 24 - 8 * k : 8 * k;
            words[i] |= (uint32_t)block[4 * i + k] << shift;
        }
    }
    h->round(h->state, words);
}

static void add(struct hashing *h, struct tcn_view data)
{
    for (size_t i = 0; i < data.len; i++) {
        h->block[h->len++ % 64] = data.data[i];
        if (h->len % 64 == 0) {
            add_block(h, h->block);
        }
    }
}

/* A one bit, zeros, and the length in bits. */
static void finish(struct hashing *h)
{
    static const uint8_t pad[64] = {0x80};
    uint8_t length[8];
    uint64_t bits = h->len * 8;
    size_t used = h->len % 64;
    for (unsigned i = 0; i < 8; i++) {
        unsigned shift = h->big_endian ? 56 - 8 * i : 8 * i;
        length[i] = (uint8_t)(bits >> shift);
    }
    add(h, tcn_view(pad, used < 56 ? 56 - used : 120 - used));
    add(h, tcn_view(length, sizeof length));
}

static void put(const struct hashing *h, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t k = i % 4;
        size_t shift = h->big_endian ? 24 - 8 * k : 8 * k;
        out[i] = (uint8_t)(h->state[i / 4] >> shift);
    }
}

static struct hashing sha1(void)
{
    return (struct hashing){
        .state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0},
        .big_endian = true,
        .round = round_sha1};
}

void tcn_sha1(struct tcn_view data, uint8_t out[20])
{
    struct hashing h = sha1();
    add(&h, data);
    finish(&h);
    put(&h, out, 20);
}

void tcn_md5(struct tcn_view data, uint8_t out[16])
{
    struct hashing h = {
        .state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0},
        .round = round_md5};
    add(&h, data);
    finish(&h);
    put(&h, out, 16);
}

void tcn_uuid5(const uint8_t space[16], struct tcn_view name,
               char out[TCN_UUID_TEXT])
{
    uint8_t id[20];
    struct hashing h = sha1();
    add(&h, tcn_view(space, 16));
    add(&h, name);
    finish(&h);
    put(&h, id, sizeof id);
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x50);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    (void)snprintf(out, TCN_UUID_TEXT,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
                   "%02x%02x%02x%02x%02x%02x",
                   id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7],
                   id[8], id[9], id[10], id[11], id[12], id[13], id[14],
                   id[15]);
}

void tcn_uuid_of(struct tcn_view origin, const uint8_t thread[16],
                 struct tcn_view key, char out[TCN_UUID_TEXT])
{
    uint8_t name[20 + 20 + 16];
    /* Each part hashed alone, so that no two names can run together. */
    tcn_sha1(origin, name);
    tcn_sha1(key, name + 20);
    memcpy(name + 40, thread, 16);
    tcn_uuid5(tcn_uuid_space, tcn_view(name, sizeof name), out);
}
