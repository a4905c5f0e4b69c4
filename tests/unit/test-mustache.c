/* SPDX-License-Identifier: MIT */
#include "recount/mustache.h"

#include <errno.h>

#include "table.h"

DEFINE_CLEANUP(json_t *, json_decref)

/* What partials there are: an object of texts. */
static int
load(void *arg, struct str name, struct buf *text, struct buf *path,
    struct reterr *err)
{
	const json_t *v = json_object_getn(arg, name.p, name.n);

	if (v == NULL)
		return -ENOENT;
	buf_adds(text, json_string_value(v));
	buf_add_str(path, name);
	return 0;
}

static int
render(const char *template, const char *data, const char *partials,
    enum mustache_escape escape, struct buf *out, struct reterr *err)
{
	CLEANUP(json_decref) json_t *value = NULL, *parts = NULL;
	struct mustache_options o = {.escape = escape, .load = load};

	assert_int_equal(
	    mustache_json(str_of(data ? data : "{}"), "data", &value, NULL), 0);
	assert_int_equal(mustache_json(str_of(partials ? partials : "{}"),
			     "partials", &parts, NULL),
	    0);
	o.arg = parts;
	return mustache_render(str_of(template), "t", value, &o, out, err);
}

/* ' in data and partials stands for ". */
static void
quote(const char *z, struct buf *out)
{
	for (; z != NULL && *z != '\0'; z++)
		buf_addc(out, *z == '\'' ? '"' : *z);
}

#define SHOP                                                                   \
	"{'name': 'shop', 'open': true, 'closed': false, 'none': null,"        \
	" 'n': 3, 'zero': 0, 'empty': '', 'list': [], 'x': '<a & \\'b\\'>',"   \
	" 'at': {'city': {'name': 'Graz'}, 'zip': 8010},"                      \
	" 'items': [{'name': 'tea', 'price': 2.5}, {'price': 0.1}],"           \
	" 'words': ['a', 'b', 'c']}"

static const struct row {
	const char *name, *template, *data, *partials, *want;
} rows[] = {
    /* Values. */
    {"text stays", "a } { \"b\" \\ <c>\n", NULL, NULL, "a } { \"b\" \\ <c>\n"},
    {"a value", "in {{name}}.", SHOP, NULL, "in shop."},
    {"blanks in a tag", "{{  name\t}}{{# open }}!{{/ open }}", SHOP, NULL,
	"shop!"},
    {"a value is escaped", "{{x}}", SHOP, NULL,
	"&lt;a &amp; &quot;b&quot;&gt;"},
    {"three braces", "{{{x}}}", SHOP, NULL, "<a & \"b\">"},
    {"an ampersand", "{{&x}}", SHOP, NULL, "<a & \"b\">"},
    {"numbers", "{{n}} {{zero}} {{at.zip}}", SHOP, NULL, "3 0 8010"},
    {"reals as short as can be", "{{#items}}{{price}};{{/items}}", SHOP, NULL,
	"2.5;0.1;"},
    {"null and what is not there", "[{{none}}{{nix}}{{nix.nix}}]", SHOP, NULL,
	"[]"},
    {"true and false", "{{open}} {{closed}}", SHOP, NULL, "true false"},
    {"a dotted name", "{{at.city.name}}", SHOP, NULL, "Graz"},
    {"an element", "{{items.0.name}}{{words.2}}{{words.7}}", SHOP, NULL,
	"teac"},
    {"an object as it is", "{{{at.city}}}", SHOP, NULL, "{\"name\":\"Graz\"}"},
    {"control bytes do not pass", "{{x}}", "{'x': 'a\\u001b[1m\\u202eb'}", NULL,
	"a\\x1b[1m\\u{202e}b"},
    {"a line break passes", "{{x}}", "{'x': 'a\\nb'}", NULL, "a\nb"},

    /* Sections. */
    {"true", "{{#open}}yes{{/open}}", SHOP, NULL, "yes"},
    {"false, null, 0, none, empty",
	"{{#closed}}1{{/closed}}{{#none}}2{{/none}}{{#zero}}3{{/zero}}"
	"{{#nix}}4{{/nix}}{{#empty}}5{{/empty}}{{#list}}6{{/list}}",
	SHOP, NULL, ""},
    {"and the other way round",
	"{{^closed}}1{{/closed}}{{^none}}2{{/none}}{{^zero}}3{{/zero}}"
	"{{^nix}}4{{/nix}}{{^empty}}5{{/empty}}{{^list}}6{{/list}}"
	"{{^open}}7{{/open}}{{^words}}8{{/words}}",
	SHOP, NULL, "123456"},
    {"a list", "{{#words}}<{{.}}>{{/words}}", SHOP, NULL, "<a><b><c>"},
    {"names are looked up outwards", "{{#items}}{{name}} {{price}}, {{/items}}",
	SHOP, NULL, "tea 2.5, shop 0.1, "},
    {"null hides what is outside", "{{#a}}[{{name}}]{{/a}}",
	"{'name': 'out', 'a': {'name': null}}", NULL, "[]"},
    {"the rest of a dotted name is not", "{{#a}}[{{b.c}}]{{/a}}",
	"{'b': {'c': 1}, 'a': {'b': {}}}", NULL, "[]"},
    {"lists in lists", "{{#a}}({{#.}}{{.}}{{/.}}){{/a}}",
	"{'a': [[1, 2], [], [3]]}", NULL, "(12)()(3)"},
    {"an object", "{{#at}}{{#city}}{{name}} {{zip}}{{/city}}{{/at}}", SHOP,
	NULL, "Graz 8010"},

    /* Lines. */
    {"a section's lines go", "a\n  {{#open}}\nb\n{{/open}}  \nc", SHOP, NULL,
	"a\nb\nc"},
    {"but not what is beside", "a {{#open}}\nb\n{{/open}} c", SHOP, NULL,
	"a \nb\n c"},
    {"with \\r\\n", "a\r\n{{#open}}\r\nb\r\n{{/open}}\r\n", SHOP, NULL,
	"a\r\nb\r\n"},
    {"at the very end", "a\n {{/* no */ }}", NULL, NULL, NULL},
    {"comments", "a{{! b }}c\n  {{!\n  d\n}}\ne", NULL, NULL, "ac\ne"},
    {"a value's line stays", " {{nix}} \n", SHOP, NULL, "  \n"},

    /* Delimiters. */
    {"others", "{{=<% %>=}}<%name%> {{name}} <%={{ }}=%>{{name}}", SHOP, NULL,
	"shop {{name}} shop"},
    {"of one character", "{{=| |=}}|{x}|", SHOP, NULL, "<a & \"b\">"},
    {"do not reach partials", "{{=| |=}}|>p|", SHOP, "{'p': '{{name}}|n|'}",
	"shop|n|"},

    /* Partials. */
    {"a partial", "[{{>p}}]", SHOP, "{'p': '{{name}}'}", "[shop]"},
    {"one that is not there", "[{{>nix}}]", SHOP, NULL, "[]"},
    {"is indented", "a\n  {{>p}}\nb", SHOP, "{'p': '1\\n{{name}}\\n\\n2\\n'}",
	"a\n  1\n  shop\n\n  2\nb"},
    {"a value in it is not", " {{>p}}\n", "{'v': 'x\\ny'}",
	"{'p': '{{{v}}}\\n'}", " x\ny\n"},
    {"in another", "  {{>p}}", NULL, "{'p': 'a\\n  {{>q}}\\n', 'q': 'b\\n'}",
	"  a\n    b\n"},
    {"that includes itself", "{{>p}}",
	"{'v': 1, 'c': [{'v': 2, 'c': [{'v': 3, 'c': []}]}]}",
	"{'p': '{{v}}({{#c}}{{>p}}{{/c}})'}", "1(2(3()))"},
    {"whose name is data", "{{>*kind}}{{> * at.kind }}",
	"{'kind': 'p', 'at': {'kind': 'q'}}", "{'p': 'P', 'q': 'Q'}", "PQ"},
    {"whose name is no text", "[{{>*kind}}]", "{'kind': 3}", NULL, "[]"},

    /* Inheritance. */
    {"a block's own content", "{{$a}}x{{name}}{{/a}}", SHOP, NULL, "xshop"},
    {"an argument", "{{<p}} no {{$a}}1{{/a}} no {{/p}}", NULL,
	"{'p': '{{$a}}x{{/a}}{{$b}}y{{/b}}'}", "1y"},
    {"twice", "{{<p}}{{$a}}1{{/a}}{{/p}} {{<p}}{{/p}}", NULL,
	"{'p': '{{$a}}x{{/a}}'}", "1 x"},
    {"the outermost has the last word", "{{<p}}{{$a}}1{{/a}}{{/p}}", NULL,
	"{'p': '{{<q}}{{$a}}2{{/a}}{{$b}}3{{/b}}{{/q}}',"
	" 'q': '{{$a}}4{{/a}}{{$b}}5{{/b}}'}",
	"13"},
    {"an argument that has its own block",
	"{{<p}}{{$a}}<{{$a}}in{{/a}}>{{/a}}{{/p}}", NULL,
	"{'p': '{{$a}}x{{/a}}'}", "<in>"},
    {"is rendered where it lands", "{{<p}}{{$a}}{{name}}{{/a}}{{/p}}", SHOP,
	"{'p': '{{#at}}{{#city}}{{$a}}{{/a}}{{/city}}{{/at}}'}", "Graz"},
    {"through partials", "{{<p}}{{$a}}1{{/a}}{{/p}}", NULL,
	"{'p': '{{>q}}', 'q': '{{$a}}x{{/a}}'}", "1"},
    {"a dynamic parent", "{{<*k}}{{$a}}1{{/a}}{{/*k}}", "{'k': 'p'}",
	"{'p': '{{$a}}x{{/a}}'}", NULL},
    {"lines of an argument", "{{<p}}\n{{$a}}\n1\n2\n{{/a}}\n{{/p}}\n.", NULL,
	"{'p': 'A\\n  {{$a}}\\n  {{/a}}\\nB\\n'}", "A\n  1\n  2\nB\n."},
    {"its indentation is not the place's",
	"{{<p}}{{$a}}\n      1\n        2\n{{/a}}{{/p}}", NULL,
	"{'p': '{{$a}}\\n  x\\n{{/a}}\\n'}", "  1\n    2\n"},
    {"a block in one line", "{{<p}}{{$a}}\n1\n2{{/a}}\n{{/p}}\n", NULL,
	"{'p': ' {{$a}}{{/a}}\\nB\\n'}", " 1\n 2\nB\n"},
    {"an argument in one line for a block of several",
	"{{<p}}{{$a}}1{{/a}}{{/p}}\n.", NULL,
	"{'p': '  {{$a}}\\n  x\\n  {{/a}}\\nB\\n'}", "  1\nB\n."},
    {"an empty argument leaves no line", "{{<p}}{{$a}}{{/a}}{{/p}}", NULL,
	"{'p': 'A\\n{{$a}}\\nx\\n{{/a}}\\nB\\n'}", "A\nB\n"},
    {"default lines keep theirs", "{{$a}}\n    x\n  y\n\n{{/a}}\n", NULL, NULL,
	"    x\n  y\n\n"},
    {"a parent is indented", "A\n  {{<p}}{{/p}}\nB", NULL, "{'p': '1\\n2\\n'}",
	"A\n  1\n  2\nB"},
};

static void
renders(void **state)
{
	const struct row *row = *state;
	CLEANUP(buf_free) struct buf data = BUF_INIT, partials = BUF_INIT;
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct reterr err = {""};
	int error;

	quote(row->data, &data);
	quote(row->partials, &partials);
	error = render(
	    row->template, data.p, partials.p, MUSTACHE_HTML, &out, &err);
	if (row->want == NULL) {
		assert_int_equal(error, -EINVAL);
		return;
	}
	if (error < 0)
		fail_msg("%s", err.text);
	assert_string_equal(out.p ? out.p : "", row->want);
}

static const struct wrong_row {
	const char *name, *template, *partials, *want;
} wrong[] = {
    {"an open tag", "a\nb {{c", NULL,
	"t:2:3: this tag is not closed: there is no }}"},
    {"two braces for three", "{{{a}}", NULL,
	"t:1:1: this tag is not closed: there is no }}}"},
    {"no name", "a {{ }}", NULL, "t:1:3: a tag without a name"},
    {"a section that stays open", "\n  {{#a}}\n", NULL,
	"t:2:3: 'a' is not closed"},
    {"a stray end", "x{{/a}}", NULL, "t:1:2: {{/a}} closes nothing"},
    {"another end", "{{#a}}\n{{/b}}", NULL,
	"t:2:1: {{/b}} where 'a' of line 1 is open"},
    {"delimiters", "{{=a=}}", NULL,
	"t:1:1: delimiters are set with {{=OPEN CLOSE=}}, without blanks or "
	"equals signs in them"},
    {"in a partial", "\n {{>p}}", "{\"p\": \"\\n{{#a}}\"}",
	"p:2:1: 'a' is not closed"},
    {"a partial without an end", "{{>p}}", "{\"p\": \"\\n  {{>p}}\"}",
	"p:1:1: more than 256 sections and partials in each other"},
    {"and one that doubles", "{{>p}}",
	"{\"p\": \"{{#a}}{{>p}}{{>p}}{{/a}}{{^a}}{{>p}}{{>p}}{{/a}}\"}",
	"p:1:31: more than 256 sections and partials in each other"},
};

static void
complains(void **state)
{
	const struct wrong_row *row = *state;
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct reterr err = {""};

	assert_true(render(row->template, NULL, row->partials, MUSTACHE_HTML,
			&out, &err) < 0);
	assert_string_equal(err.text, row->want);
}

static const struct escape_row {
	const char *name;
	enum mustache_escape escape;
	const char *want;
} escapes[] = {
    {"HTML", MUSTACHE_HTML, "- a|b &lt;i&gt; *c* @d \\x07\n- a"},
    {"Markdown", MUSTACHE_MARKDOWN,
	"\\- a\\|b &lt;i&gt; \\*c\\* @<!-- -->d \\\\x07\n- a"},
    {"text", MUSTACHE_TEXT, "- a|b <i> *c* @d \\x07\n- a"},
    {"raw", MUSTACHE_RAW, "- a|b <i> *c* @d \007\n- a"},
};

static void
escapes_as_told(void **state)
{
	const struct escape_row *row = *state;
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	assert_int_equal(
	    render("{{x}}\n- a", "{\"x\": \"- a|b <i> *c* @d \\u0007\"}", NULL,
		row->escape, &out, NULL),
	    0);
	assert_string_equal(out.p, row->want);
}

/* 2^60 texts from a few bytes: work and output end. */
static void
ends_in_time(void **state)
{
	CLEANUP(buf_free) struct buf t = BUF_INIT, out = BUF_INIT;
	struct reterr err = {""};

	for (int i = 0; i < 60; i++)
		buf_adds(&t, "{{#l}}");
	for (int i = 0; i < 60; i++)
		buf_adds(&t, "{{/l}}");
	assert_int_equal(
	    render(t.p, "{\"l\": [1, 2]}", NULL, MUSTACHE_HTML, &out, &err),
	    -E2BIG);
	buf_reset(&t);
	for (int i = 0; i < 101; i++)
		buf_adds(&t, "{{#l}}");
	assert_int_equal(
	    render(t.p, NULL, NULL, MUSTACHE_HTML, &out, &err), -EINVAL);
	assert_string_equal(err.text, "t:1:601: nested deeper than 100");
}

/* What recount writes for bytes that are not UTF-8, and what others might. */
static void
reads_half_pairs(void **state)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct reterr err = {""};
	json_t *value;

	assert_int_equal(render("{{x}}",
			     "{\"x\": \"a\\udcff\\\\udcff\\ud83d\\ude00\\ud83d"
			     "b\\u00e9\\u0000\"}",
			     NULL, MUSTACHE_HTML, &out, NULL),
	    0);
	assert_string_equal(
	    out.p, "a\\xff\\udcff\360\237\230\200\357\277\275b\303\251\\x00");
	assert_int_equal(
	    mustache_json(STR("{\"a\":\n 1,}"), "in.json", &value, &err),
	    -EINVAL);
	assert_true(str_starts(str_of(err.text), STR("in.json:2:4: ")));
}

int
main(void)
{
	const struct CMUnitTest others[] = {
	    cmocka_unit_test(ends_in_time),
	    cmocka_unit_test(reads_half_pairs),
	};

	return TABLE_RUN(rows, renders) + TABLE_RUN(wrong, complains) +
	       TABLE_RUN(escapes, escapes_as_told) +
	       cmocka_run_group_tests(others, NULL, NULL);
}
