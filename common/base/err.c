#include "base/err.h"

#include "base/assert.h"

struct row {
    const char *word;
    enum tcn_err_class cls;
    const char *sentence;
};

static const struct row rows[TCN_ERR_COUNT] = {
#define ROW(name, word, cls, sentence)                                         \
    [TCN_ERR_##name] = {word, TCN_CLASS_##cls, sentence},
    TCN_ERRORS(ROW)
#undef ROW
};

static const struct row *row_of(enum tcn_err err)
{
    tcn_assert((unsigned)err < TCN_ERR_COUNT);
    return &rows[err];
}

const char *tcn_err_word(enum tcn_err err)
{
    return row_of(err)->word;
}

const char *tcn_err_sentence(enum tcn_err err)
{
    return row_of(err)->sentence;
}

enum tcn_err_class tcn_err_class(enum tcn_err err)
{
    return row_of(err)->cls;
}
