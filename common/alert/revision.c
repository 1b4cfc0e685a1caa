#include "alert/alert.h"

static bool covers(const struct tcn_label *wide, const struct tcn_label *narrow)
{
    for (size_t i = 0; i < narrow->audience_count; i++) {
        if (!tcn_label_has_audience(wide, narrow->audience[i])) {
            return false;
        }
    }
    return true;
}

/* An empty audience is everybody the rest of the label allows. */
static bool at_least_as_wide(const struct tcn_label *wide,
                             const struct tcn_label *narrow)
{
    if (wide->audience_count == 0) {
        return true;
    }
    return narrow->audience_count > 0 && covers(wide, narrow);
}

enum tcn_err tcn_alert_follows(const struct tcn_header *held,
                               const struct tcn_header *next)
{
    bool later = next->revision >= held->revision;
    const struct tcn_label *before = later ? &held->label : &next->label;
    const struct tcn_label *after = later ? &next->label : &held->label;
    if (!tcn_view_equal(held->origin, next->origin) ||
        !tcn_view_equal(held->agreement, next->agreement) ||
        !tcn_view_equal(held->exercise, next->exercise)) {
        return TCN_ERR_UPDATE_RULE;
    }
    return at_least_as_wide(after, before) && after->tlp <= before->tlp
               ? TCN_ERR_OK
               : TCN_ERR_UPDATE_RULE;
}

/* Within the subject's audience plus its origin; an open subject admits any. */
static bool audience_within(const struct tcn_header *subject,
                            const struct tcn_label *label)
{
    if (subject->label.audience_count == 0) {
        return true;
    }
    for (size_t i = 0; i < label->audience_count; i++) {
        if (!tcn_label_has_audience(&subject->label, label->audience[i]) &&
            !tcn_view_equal(label->audience[i], subject->origin)) {
            return false;
        }
    }
    return label->audience_count > 0;
}

enum tcn_err tcn_alert_remarks(const struct tcn_header *subject,
                               const struct tcn_header *remark)
{
    const struct tcn_label *of = &subject->label;
    const struct tcn_label *is = &remark->label;
    bool caveats = (of->caveat_mask & ~is->caveat_mask) == 0;
    bool strict = is->tlp >= of->tlp && is->pap >= of->pap &&
                  is->onward <= of->onward && caveats;
    bool same = tcn_view_equal(subject->agreement, remark->agreement) &&
                tcn_view_equal(subject->exercise, remark->exercise);
    return strict && same && audience_within(subject, is) ? TCN_ERR_OK
                                                          : TCN_ERR_REMARK_RULE;
}
