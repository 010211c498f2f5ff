/* toysolver.c: an algorithm with the shape of Equihash: README.md here. */
#include <string.h>

#include "base/endian.h"
#include "base/target.h"
#include "prim/sha256.h"
#include "toy.h"

enum {
    LOOK_EVERY = 1024, /* cells between two looks at the stop word: well under a millisecond */
    BLOCKS = TOYSOLVER_SOLUTION / PRIM_SHA256_SIZE,
};

/* The first pass keeps the first two words of each cell here; the second one looks for solutions.
 */
struct scratch {
    uint32_t cells[1 << TOYSOLVER_BITS][4];
};

static unsigned bits_of(const struct kern_work *work)
{
    return work->reduced != 0 ? work->reduced : TOYSOLVER_BITS;
}

static void put_words(uint8_t bytes[32], const uint32_t words[8])
{
    for (unsigned i = 0; i < 8; i++) {
        base_store_be32(bytes + (size_t)4 * i, words[i]);
    }
}

void toysolver_cell(uint32_t cell[8], const uint32_t seed[8], uint32_t i)
{
    uint32_t block[16] = {0};
    memcpy(block, seed, 32);
    block[8] = i;
    block[9] = 0x80000000U;
    block[15] = 36 * 8;
    memcpy(cell, prim_sha256_iv, 32);
    prim_sha256_compress(cell, block);
}

static void seed_of(uint32_t seed[8], const uint8_t header[PRIM_HEADER80_SIZE])
{
    uint8_t bytes[32];
    prim_sha256(bytes, header, PRIM_HEADER80_SIZE);
    for (unsigned i = 0; i < 8; i++) {
        seed[i] = base_load_be32(bytes + (size_t)4 * i);
    }
}

static bool is_solution(const uint32_t cell[4], unsigned bits)
{
    return cell[0] >> (32 - (bits - 1)) == 0;
}

static void write_solution(uint8_t solution[TOYSOLVER_SOLUTION], const uint32_t seed[8], uint32_t i)
{
    uint8_t stream[TOYSOLVER_SOLUTION];
    uint32_t cell[8];
    uint32_t block[8];
    toysolver_cell(cell, seed, i);
    for (uint32_t k = 0; k < BLOCKS; k++) {
        toysolver_cell(block, cell, k);
        put_words(stream + (size_t)32 * k, block);
    }
    base_store_be32(solution, i);
    memcpy(solution + 4, stream, TOYSOLVER_SOLUTION - 4);
}

static void digest(uint8_t hash_be[32], const uint8_t *header, const uint8_t *solution)
{
    uint8_t message[PRIM_HEADER80_SIZE + TOYSOLVER_SOLUTION];
    uint8_t inner[32];
    memcpy(message, header, PRIM_HEADER80_SIZE);
    memcpy(message + PRIM_HEADER80_SIZE, solution, TOYSOLVER_SOLUTION);
    prim_sha256(inner, message, sizeof message);
    prim_sha256(hash_be, inner, sizeof inner);
}

static enum base_status hash_work(uint8_t hash_be[32], const struct kern_work *work,
                                  const uint8_t *solution, size_t solution_size)
{
    uint32_t seed[8];
    uint32_t cell[8];
    uint8_t want[TOYSOLVER_SOLUTION];
    if (solution_size != TOYSOLVER_SOLUTION) {
        return BASE_E_MISMATCH;
    }
    uint32_t i = base_load_be32(solution);
    seed_of(seed, work->header);
    toysolver_cell(cell, seed, i);
    write_solution(want, seed, i);
    if (i >> bits_of(work) != 0 || !is_solution(cell, bits_of(work)) ||
        memcmp(want, solution, sizeof want) != 0) {
        return BASE_E_MISMATCH;
    }
    digest(hash_be, work->header, solution);
    return BASE_OK;
}

/* All solutions of one nonce; those that meet the target are added to finds.
 * Returns: BASE_OK; BASE_E_STOPPED: finds is as it was. */
static enum base_status solve(struct scratch *memory, struct kern_finds *finds,
                              struct kern_progress *progress, const struct kern_work *work,
                              uint64_t counter, const struct kern_stop *stop)
{
    uint32_t seed[8];
    uint32_t cell[8];
    uint8_t header[PRIM_HEADER80_SIZE];
    size_t before = finds->count;
    uint64_t seen = 0;
    memcpy(header, work->header, sizeof header);
    prim_header80_put_counter(header, counter);
    seed_of(seed, header);
    for (uint32_t i = 0; i < 1U << bits_of(work); i++) {
        if (i % LOOK_EVERY == 0 && kern_stopped(stop)) {
            return BASE_E_STOPPED;
        }
        toysolver_cell(cell, seed, i);
        memcpy(memory->cells[i], cell, sizeof memory->cells[i]);
    }
    for (uint32_t i = 0; i < 1U << bits_of(work); i++) {
        uint8_t solution[TOYSOLVER_SOLUTION];
        uint8_t hash[32];
        if (!is_solution(memory->cells[i], bits_of(work))) {
            continue;
        }
        seen += 1;
        write_solution(solution, seed, i);
        digest(hash, header, solution);
        if (base_target_meets(hash, work->target_be) && finds->count - before < TOYSOLVER_FINDS) {
            kern_finds_add(finds, counter, solution, sizeof solution);
        }
    }
    progress->tried += 1;
    progress->units += seen;
    return BASE_OK;
}

static enum base_status search(void *scratch, struct kern_finds *finds,
                               struct kern_progress *progress, const struct kern_work *work,
                               uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    enum base_status status = BASE_OK;
    while (status == BASE_OK && progress->tried < count) {
        if (kern_finds_room(finds) < TOYSOLVER_FINDS) {
            return BASE_E_FULL;
        }
        status = solve(scratch, finds, progress, work, first + progress->tried, stop);
    }
    return status;
}

static const struct kern_variant portable = {.name = "portable", .ways = 1, .search = search};
static const struct kern_variant *const variants[] = {&portable};

static const struct kern_answer answers[] = {
    {.label = "6 bits, nonce 1",
     .header_hex =
         "c300d3d7a21af6223660610b9410f304dcd956ece0da9c22e33abd917aa61fa4ebf109b483d67aa2839d"
         "7421a829406b0187a876820d356dc53438c47c972842ad963d8c48ae7989a906e3be01000000",
     .hash_hex = "49dfb0f34676ea9b585c4e37fdb7840337db823ba8436e9f948b25dc3d70606d",
     .solution_hex =
         "0000003d046458f85c6d3ae4400c7b0e5c1478daea9abf7499b0252ca83e002b120374d89780c4fd1081"
         "fe65abd2acbed9fbae51669acc2a6f40bb9eed45ca31620686155cb35115623b5e5815a806a95b90bcd8"
         "06fc09f971c0f05bbb69036f75311c031f1e87bed2ddc44d718493c7466d37035f5708e75a67098be5cc"
         "11e9376fa33847e161308197b88d81d7398657c77836ea5083d755688a63c1076991fcf960f985ae2026"
         "1bdb9fa68d0fcdcddf8a70c5b9368cbf1d2fc244db64cee30a36148ce9e84d8ba5104b602917f71d821b"
         "6e0bb09552f46b236c6bd0fc4ba7186313ca0d59a5a2c47f9eaba4d2960c6ee43afc32e27a76c10b79d1"
         "5f6f8dac3e340bf7e010aaaca60421c057e2981d289ba2da75034c8a034313872d55e2f04903fa0234f0"
         "37572613438967775264fe6633dbf8b77288e8034053bd6d8e39f497aeeab7b7f406c452217e04ee8eca"
         "0a6e37e11ab8573a6a0e59a2cb470ff11bbb857a0cd23ca40d25bc10ed3b35f7f935b9cee82cb2e2adf6"
         "dc1de3c06c52bfabf91100ebdbc37984f54f7faf2f9c0309a1e52ac65cb8e968be567cc538f1c87ca865"
         "f7db3ee459d7de4d125f1c11901648123b3db4b499688539a9f34ff2dcd31091a85474f9580352e7e4c4"
         "61b0372480e9ebf9fd558d8c53d204e317cfdcec50c8f36ac10f595517384c8ba9f7d9b486e63569e0d2"
         "659a6063fc26eb3d413b61dc5834ad252143c902fab611c6ba6ade6f3050da01367973a70c9f51b8ee82"
         "f16ad02101fa2b2429ce9598b0178f689c7cd148b2b4a93e8194f29e6c01d3afbe571fdde6ddc574c80c"
         "ce553787a1134c5b4ff95ccec13ac081a3616c9823aa5b1e18d1fa1342ff79bd0a49c284b9a2fc9cc169"
         "fed216c42abb927e1ba7ba9529461a464fa2a15fca6b464e5b5e5e47bce500c2660c24d41c62e94b270f"
         "a271df0910b1f3b927f7a9d912fef59d001cea3bb74a6404e8af149ce665bf98cc28ed1966dc23f56fcd"
         "901d4e654e67547924a1431d15ea2be278246941f03a1e62a5226cea0d6692a40dbf562826f2066c0c04"
         "8e665cfe72198c67ab473b34f2d2a7d666e59d3c5065229814a24868ca89a5a41c9bb6de8ab08d4bc9da"
         "fde5e635fa91e4bc26167e8531968869b284a5e6fe597540651816496a59bb8d52bc45e27c407053bbcd"
         "09b00657efe57371ee8b920151dcd78523f61551f1473a3ee2aaf98f70c01ec8af1ab389d23bf1f31d1e"
         "6b1e030efe682e034101030ce8ce834a27a811a75e58f63f430e94d2f61f1f14678ff6cfe0a21028047a"
         "784f43c06272f09a99232a7e92420e8a766c79362cc2e1618e71e2b459bedcd350bb6c8740bc1974de76"
         "85b37cd8399e521d5c6e5db688c60090cb828fafc549f7a912bdde36bc6daf0c90f279ec72ebd0f18b82"
         "60347cd7bb7780302d3310b22a620f5a",
     .reduced = 6},
    {.label = "6 bits, nonce 77",
     .header_hex =
         "c300d3d7a21af6223660610b9410f304dcd956ece0da9c22e33abd917aa61fa4ebf109b483d67aa2839d"
         "7421a829406b0187a876820d356dc53438c47c972842ad963d8c48ae7989a906e3be4d000000",
     .hash_hex = "ce8627ec27b26794cb8d66445d6a85b88c0eacb0c88d0c159c26606d619fd3e9",
     .solution_hex =
         "0000003ded52bc3724468769d5f4f3c23f877525efdd026ee7f229a15857d2d9bce6dfcb5cfac5066d73"
         "a2d5b1add69ee2f6fd333e957f6f5f625545890594148c494829732b1a50914b6afafc7dfcd979f4d950"
         "c4b2ac68105201a2d5fe20f088f99eeaa060a46e9ab0e4fcd395ea4e185c9deacc54a9fe140f96b4dbf1"
         "a2ed08ad585b14a8845ce70268b64a7510b4a33f8ae6de50a7bf0b91df7c4ff871cc55fb18f0d229f5ee"
         "40073f4e5721c2b9470abb034b7a9c16141368601acf8e28f2c5fe310150990bdf768d07c5b48edab431"
         "a3214a7248f7c46afa5b0209d066b51a51d7eb66986a570cb5b2760261496e6ab506222121488a856fc8"
         "64c59584c0e1f90a1fe49f21483e094140f05c8bb818396e0e4d90b078a083e34d4fd62017a26bbb21ab"
         "719d436f05ea779573037fea0dd1543dee20b12411c3138730a3f3267edf20beb094eea42d90a5350fd3"
         "c5d149791fb499616f0555ded22e09ac588806ce4b9d0bdb4c13d0eb38e8115dc686c9acf4281180d55a"
         "cc027236508aae51514764ac0ff8692e76f7487808bf596e5077f0c3603a5ad817a47a483e62fc860830"
         "73186ee3740c03c4bbf8e12b54c24a98df372bc4f68be0a416075c5ba7d8747835560a87dc9c75f88896"
         "cf715425474326b52005a030c4c9a456eae61d3512475005f1b0c9be9270d1b8623bd3760895b27aeede"
         "0ab8181958c85ba9702ee394c2368d0d808ede42b8d965469113c11f424093e91b8fe03dc9e6cf573f01"
         "267340c61a9756f1c108a99df66dbaeadb8e8f963e49cc35752126b28a2d71077edaafe3424146702cc2"
         "05d6b89d615be775e0b4fc4c32180cbc0b69ddb73ff6c89401552bcb895b932c81747e092381e57e012c"
         "4d444d78bd2a3456728bb76de5c81c2abb540805b2163ac263d7599432effc394ca4cc0db109e806c29b"
         "50e4e0cc6bb091fde877c818b9712aa673c9f9c2e8b051a6dcf7fb3ddc1b8fc0b6e95d0b5c7cbdcc9e4c"
         "da60ad54e8131ea7c4e6ca90fda54926cb429c09890ab409867040a60d03ab058b6c2da43fca7f0e55d3"
         "bfa1b7c50f36be98ab24d3044ad0c69a4bab25a0750ba89724ea49fae3998d890caa37a0b41d63758724"
         "0346b0d47cb0bb0e75971fff82a908298e2f7a599383cf5668662567d6b91afe90264c528f1089a25c6e"
         "dc3ac37f838c25d93678e54f0135294f3803d3bf3f1a86140c004f16f34fee8c88f0a78b9f98b41860c0"
         "c8a918cc37482f3ebfcf1616ef2a575ac86012b0e41fa30ad9df615a8a910eabf8c8d7d17a8ec19a8013"
         "2d23706d4f912664202067503795aafa8e22a27a1c11ae0495f55718d35d644a2475638cae3a95aab406"
         "f9a847288dcec44c126d8540be390bb48d1346dc8719dc3cfefb3a59534b3ffd918db518f0e127f4509a"
         "36dbea88c363aeeab1aa472615bd5f3f",
     .reduced = 6},
    {.label = "10 bits, nonce 5",
     .header_hex =
         "c300d3d7a21af6223660610b9410f304dcd956ece0da9c22e33abd917aa61fa4ebf109b483d67aa2839d"
         "7421a829406b0187a876820d356dc53438c47c972842ad963d8c48ae7989a906e3be05000000",
     .hash_hex = "b320585ca2bf3b01a4fb03f3579fe3b559ac1bfb8dd19d7f6e0d2630bf822df4",
     .solution_hex =
         "0000025837193533b91ab5cf3da7e0fbedae98b5bfdd619bba70988426b8747985764291a35bd59c987b"
         "d9fde45269913b8aaa1d75829cb5a28eb6ccf608a2eb08dbefd05215a4a791b99e6b4d7e033af6555366"
         "216a08609efd6696745ac08514aeea57238a60a3d0652bc9182705b92eaf92c36b8e3ee9aecca28e8a45"
         "bdae56f78262da986e5eed2c8fdddeb165072451cd6169a3347951cb9fe85f623fce04619f491d779aec"
         "b47f7beadd967c29a102eedcd1e608f89664eb0184f074c0c55042d11ac519d4b4cbc5c9ff87b29b2743"
         "54a4ae62f5e6527e8217f17b213b38e2b11c6cdbb05d736fe3a9320c769e2007d9aca7baae2cdaa78924"
         "8428b40432bc23c1f9f4a36d1372b58e43390278d4cd12081585b434e72eda99fe247a51cd0970a798b0"
         "3ba01560afdf2ff528a6c1afbb63f35d89f55f869e8bc62da2354a36f1995324fd11d3a625c08c485c63"
         "c5e691a3007a00e04cbdf4c91509d21134ab7b731e1a7d3302417b7b2dc1f3306a09177b7687fba70e5e"
         "58ae12cb428b65e98b9e1351306aafe6193b82723c7a00c43d1a40dc08703f4fb1a18230d516173e1b10"
         "815e063e90d0f7e3c62c070e8054cb64fef9c2e71f413da66481a3bf774f23c2d3a593fd6bc6a8e5d3ff"
         "46dfa481362a8dc0ed4bd0c056b097c3f6d01b2f5a0910c472b9415fc446a833f6e8730b95fddea9b3df"
         "bfe1494e642d1c64e58928e778f3b6e8eb6a6ab8fe6d9cab6060f806b6f5c8336e5dc88f909d72f59b78"
         "503a5ecb8068f7c3a3231095c67fae502a1455e2461deb42b45c972be768f9fb754a83186c15b55b56c1"
         "11188204f30dd98b2589422776beb334de8e98a12fb3d9a4f78c590ee3f43d6b594b3d0be182b58bb028"
         "9dfb491580e27d20f7fbeaa8da525322784de8a26340ffe2a2d4b60a4493575dea9d529c2ab6874edb2e"
         "66423c478972ba2612c263e7543be2beee8ba5ecbb42f9721627443bed003b785edbcdccf15693322577"
         "7b92768c0b1f9d1c1870536cc36db796f3c2de71ecfb2d1bf026a3f2e1e25a4a4e6123a7263837523b46"
         "75236d845ccfdf234442698f36866d9f60a6cb0e1070cec6fbc3a6b9499ea6cc99c8518d1745318374c1"
         "5d31c580bd9332073d1a221ff46453e65040ca71118add7bae8637790c3c1ef8a14c71858ee53deb78fc"
         "56e29f041d272a84fdbae0a196f136ae524542014ed1e7d63508b098b13479eb0fc6e2f2052678e1893e"
         "f0c11707598f6097c5b4f9bac7d8063d048238d2e9a7af5f7bb713609da5ea5f04f78cf91cf4523777e1"
         "e098d71ea6bb689729c3d7bccb4de0639c59dd8092dc0f0328b8b34b07387bb511bcd30807af9bc53164"
         "f4fbe1c8b210e5814cb6deb0c116ca92f39574762c71a580cb8b6b8af20e9ff01b588641107ffb6cbc7d"
         "a52aef34e1530fa183ab1814780869a5",
     .reduced = 10},
    {.label = "20 bits, nonce 4",
     .header_hex =
         "c300d3d7a21af6223660610b9410f304dcd956ece0da9c22e33abd917aa61fa4ebf109b483d67aa2839d"
         "7421a829406b0187a876820d356dc53438c47c972842ad963d8c48ae7989a906e3be04000000",
     .hash_hex = "c84d315444aeb84e6b2600161c90b5c546f6843f38c72007fc92c7dcfc3453b5",
     .solution_hex =
         "00084c11206b765cf36fb117a71d93108121834230a0fddefa8cafec29ca76081e6964cc271b1a5e3f8c"
         "fe06fab98371853aab26a65641d4894b790e42c7465750f8db8fdcf84c2d352a2ec2bc0f7a79bb8b7af1"
         "2991a9c8732d7de2f40a49aa4cc99c555ae6a96816249297d9cba7e6ae4e938b91bc83ea97cf5b7ca56c"
         "b29271e740c56e47270c42f9825ea92999298aae7bfd1daab5aaa2df26eb2beda12ffe1a7d60a09a4e99"
         "4502f2785f353742d265d0ca60b68345305f2aaa37fec3284489f32e87db4e440939739c1ba5623e91e1"
         "07077ecd361f7e33633248a691b24d42d7883a70fe645e63417de5855b3c01afc4b36ef81e5cd52289a6"
         "3eda7a146a94cc7e218fac6dfab0017a2b765b6ea28a2f27623771ee5212b8f8794918de9e025aa4091d"
         "bb46d5d25cc8a4a9b25d864a0c1b2f48c4b20e59d64eb77275728a26c7308845c5d640456a50be812b72"
         "e0c9ee42bb4069c3651d028144f79dd1fa11df4f0d6c235c5e5e95d2b429428856947f6e82f8e7891628"
         "da34baceeb91e7529f5ceb04c3510ae342adc892ed7f91b1ac8a5709b9d2e3659efe928309d8a9978165"
         "29166dc825363616434e72cdc8f256d1748ad49c48e65d93654576ae713925eb366de15fd1fcd293ea7e"
         "f7df4a594f4df535f45ca2dd1bc7009395bc02dabce283717fbcc45a4beef7bfb14e326fedf5fafc56ae"
         "2b8b496d462fba70881ea0ebb3606d0dbd181de806ca40731233b2c51365e7f99f457eaf7b8ea72e1b7f"
         "a920683b37fca386196c96f4ae76e7fa2b9ab365d86576d01a9c76ebb514138e26d2ed04638fcd8db030"
         "943f1ad292b62b2caac85160e823d089a48344e335f8133d53da585bc449b8f4dd9a03c1bd4376efdb6e"
         "ab0eaa2e71c3b7f96e174ad30ddac118fb1ea038c46531e1931204c6881b2dd1d88414a0311692ab3e8a"
         "7efbcddc21de33d213cfd7e4df53aa07baecad4f0d48d96b648b6545de45b632d25840e1e9eff1b4a453"
         "0edae0ab5ed4de6c539f3abeb5e741241795b901a6a1ce8393eb416a2850a02f5755fce8f380031f0956"
         "9182d0c4207a0ea6b0d42aa3963ed59c12b6f6cd9123fc7a7eb02b4025f95578ffa3873ddd7d70abc3be"
         "735cbf624cdb76ee0a13d877dda030ba6f9a2b61994ca0f186fc777e7f0737422ad6b246875ae0639381"
         "288ae56c931f321ba44c2ee4631afd46c565df36ffdf182accec25669654e04d153e22d29ad6f351bd50"
         "4a829f230c0fb81990aee38ba72beb24e128bca543c68c18eb40245d223fe2125a956884012ab0198a10"
         "6daabba2611fa983ca1526eae889d338d42fff6b8e4d62beaefed87b91d3632d42951e1714f68b1161dc"
         "5fb323a3533a5f8db9cd6f28f506b5ecd01226a344c29edbbed764ce8644e4d602442721a023f4be8e89"
         "0896bb2335f135a06cf6b9a4a392e836",
     .reduced = 0},
};

const struct kern_algo kern_toysolver_row = {
    .name = "toysolver",
    .title = "toy solver (tests)",
    .unit = "Sol",
    .header_size = PRIM_HEADER80_SIZE,
    .nonce_offset = PRIM_HEADER80_NONCE,
    .nonce_size = PRIM_HEADER80_NONCE_SIZE,
    .counter_offset = PRIM_HEADER80_NONCE,
    .counter_size = PRIM_HEADER80_NONCE_SIZE,
    .chains = 1,
    .solution_size = TOYSOLVER_SOLUTION,
    .finds_per_nonce = TOYSOLVER_FINDS,
    .scratch_size = sizeof(struct scratch),
    .put_counter = prim_header80_put_counter,
    .hash = hash_work,
    .variants = variants,
    .variant_count = BASE_COUNT_OF(variants),
    .answers = answers,
    .answer_count = BASE_COUNT_OF(answers),
    .opencl = &kern_toysolver_cl_row,
};
