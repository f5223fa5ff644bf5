//! `doorward config …`

use super::{Program, json};
use doorward::config::{Config, Given, KEYS};
use insta::assert_snapshot;
use serde_json::Value;
use std::fs;

fn with_file(text: &str) -> Program {
    let program = Program::new();
    fs::write(program.directory().join("doorward.toml"), text).unwrap();
    program
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let file = "
        listn = \"127.0.0.1:8080\"
        public_url = \"doorward.example.com\"
        [limits]
        depth = \"deep\"
        tokens = 2.5
        aliases = -1
        [tokens]
        prefix = \"No_\"
        [upstream]
        secret = \"of-nobodys-business\"
        [gateway]
        never = [\"Query\", \"Query.a\"]
        [misspelt]
        key = 1
    ";
    let program = with_file(file).with("DOORWARD_LISTEN", "here").with("DOORWARD_NONSENSE", "1");
    assert_snapshot!(program.run(["config", "check"]).told(), @r#"
    exit 1
    out  fault: doorward.toml: there is no setting `listn`; did you mean `listen`?
    out  fault: doorward.toml: there is no setting `misspelt`; `doorward config template` shows those that there are
    out  fault: doorward.toml: `limits.aliases` must be a whole number, 0 or more
    out  fault: doorward.toml: `limits.depth` must be a whole number, 1 or more
    out  fault: doorward.toml: `limits.tokens` must be a whole number, 1 or more
    out  fault: DOORWARD_LISTEN: `listen` must be an address and a port, like 127.0.0.1:8080
    out  fault: doorward.toml: `upstream.secret` is set and `upstream.url` is not: say where the API is, or leave it out
    out  fault: doorward.toml: `gateway.never`: "Query" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away
    out  fault: doorward.toml: `tokens.prefix` must be 1 to 12 lower-case letters or digits
    out  fault: doorward.toml: `public_url` must begin with http:// or https://
    out  warning: the environment variable DOORWARD_NONSENSE means nothing to Doorward
    "#);
    assert_snapshot!(program.run(["config", "check", "--json"]).told(), @r#"
    exit 1
    out  {"json_version":1,"ok":false,"items":[{"key":"listn","message":"doorward.toml: there is no setting `listn`; did you mean `listen`?"},{"key":"misspelt","message":"doorward.toml: there is no setting `misspelt`; `doorward config template` shows those that there are"},{"key":"limits.aliases","message":"doorward.toml: `limits.aliases` must be a whole number, 0 or more"},{"key":"limits.depth","message":"doorward.toml: `limits.depth` must be a whole number, 1 or more"},{"key":"limits.tokens","message":"doorward.toml: `limits.tokens` must be a whole number, 1 or more"},{"key":"listen","message":"DOORWARD_LISTEN: `listen` must be an address and a port, like 127.0.0.1:8080"},{"key":"upstream.url","message":"doorward.toml: `upstream.secret` is set and `upstream.url` is not: say where the API is, or leave it out"},{"key":"gateway.never","message":"doorward.toml: `gateway.never`: \"Query\" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away"},{"key":"tokens.prefix","message":"doorward.toml: `tokens.prefix` must be 1 to 12 lower-case letters or digits"},{"key":"public_url","message":"doorward.toml: `public_url` must begin with http:// or https://"}],"warnings":["the environment variable DOORWARD_NONSENSE means nothing to Doorward"]}
    "#);
    assert!(!program.directory().join("doorward-data").exists(), "it takes no database");
}

#[test]
fn what_serve_would_refuse_check_refuses_in_the_same_words() {
    for file in [
        "listn = 1",
        "nonsense",
        "[limits]\ndepth = 0",
        "[database]\nurl = \"mysql://x\"",
        "[upstream]\nsdl = \"api.graphql\"",
        "[upstream]\nurl = \"ftp://x\"",
        "[upstream]\nurl = \"http://user:pass@x/\"",
        "[upstream]\nurl = \"http://127.0.0.1:1/\"\ntimeout = \"11m\"",
        "[upstream]\nurl = \"http://127.0.0.1:1/\"\n[upstream.headers]\nHost = \"x\"",
        "[gateway]\ndirectives = [\"@x\"]",
    ] {
        let program = with_file(file);
        let refused = program.run(["serve"]);
        assert_eq!(refused.status, 1, "{file}: {}", refused.told());
        let words = refused.stderr.strip_prefix("doorward: ").unwrap();
        let checked = program.run(["config", "check"]);
        assert_eq!((checked.status, checked.stdout), (1, format!("fault: {words}")), "{file}");
    }
}

#[test]
fn what_a_flag_of_serve_would_do_is_checked_with_it() {
    let program = Program::new();
    let check = |more: &[&str]| program.run([&["config", "check"], more].concat());
    assert_eq!(check(&["--listen", "127.0.0.1:0", "--log-format", "json"]).status, 0);
    assert_snapshot!(check(&["--listen", "here", "--upstream", "ftp://x", "--public-url", "x"]).told(), @"
    exit 1
    out  fault: `listen` must be an address and a port, like 127.0.0.1:8080
    out  fault: `upstream.url` must be http://… or https://…, with no user name, fragment or white space in it, and with a port from 1 to 65535 if any
    out  fault: `public_url` must begin with http:// or https://
    ");
}

#[test]
fn nothing_wrong_is_exit_0() {
    let program = with_file("[limits]\ndepth = 7\n").with("DOORWARD_NONSENSE", "1");
    assert_snapshot!(program.run(["config", "check"]).told(), @"
    exit 0
    out  warning: the environment variable DOORWARD_NONSENSE means nothing to Doorward
    out  nothing is wrong with the configuration
    ");
    assert_snapshot!(program.run(["config", "check", "--json"]).told(), @r#"
    exit 0
    out  {"json_version":1,"ok":true,"items":[],"warnings":["the environment variable DOORWARD_NONSENSE means nothing to Doorward"]}
    "#);
}

#[test]
fn a_schema_that_cannot_be_read_is_found_before_the_start() {
    let program = with_file("[upstream]\nurl = \"http://127.0.0.1:1/\"\nsdl = \"api.graphql\"\n");
    assert_snapshot!(program.run(["config", "check"]).told(), @"
    exit 1
    out  fault: `upstream.sdl`: api.graphql: No such file or directory (os error 2)
    ");
    fs::write(program.directory().join("api.graphql"), "type Query { a: Nothing }").unwrap();
    assert_eq!(program.run(["config", "check"]).status, 1);
    fs::write(program.directory().join("api.graphql"), "type Query { a: Int }").unwrap();
    assert_eq!(program.run(["config", "check"]).status, 0);
}

#[test]
fn each_value_is_shown_with_where_it_comes_from() {
    let file = "
        listen = \"127.0.0.1:1\"
        public_url = \"https://doorward.example.com\"
        [upstream]
        url = \"https://shop.example.com/graphql?key=of-nobodys-business\"
        secret = \"of-nobodys-business\"
        identity = \"headers\"
        [upstream.headers]
        Authorization = \"of-nobodys-business\"
        [gateway]
        never = [\"Query.a\", \"Query.b\"]
    ";
    let program = with_file(file)
        .with("DOORWARD_LISTEN", "127.0.0.1:2")
        .with("DOORWARD_GATEWAY__DIRECTIVES", "one, two")
        .with("DOORWARD_LIMITS__DEPTH", "7");
    let shown = program.run(["config", "show", "--data-dir", "elsewhere"]);
    assert!(!shown.told().contains("nobodys"), "{}", shown.told());
    assert_snapshot!(shown.told(), @"
    exit 0
    out   KEY  VALUE  FROM
    out   listen  127.0.0.1:2  DOORWARD_LISTEN
    out   admin_listen  default
    out   public_url  https://doorward.example.com  doorward.toml
    out   data_dir  elsewhere  flag
    out   trusted_proxies  default
    out   key  default
    out   lease_seconds  2  default
    out   cors.origins  default
    out   database.url  default
    out   tls.certificate  default
    out   tls.key  default
    out   log.format  default
    out   errors.hidden_fields  name  default
    out   tokens.prefix  dwd  default
    out   tokens.max_lifetime_days  365  default
    out   tokens.unattended_days  730  default
    out   sessions.access_minutes  60  default
    out   sessions.refresh_idle_days  30  default
    out   sessions.refresh_max_days  90  default
    out   limits.body_bytes  1048576  default
    out   limits.depth  7  DOORWARD_LIMITS__DEPTH
    out   limits.tokens  10000  default
    out   limits.aliases  100  default
    out   limits.root_fields  50  default
    out   limits.directives  100  default
    out   limits.fragments  100  default
    out   limits.variables  100  default
    out   limits.requests  2048  default
    out   limits.connections  10000  default
    out   throttle.account_tries  10  default
    out   throttle.address_tries  60  default
    out   throttle.network_tries  200  default
    out   throttle.window  15m  default
    out   upstream.url  https://shop.example.com/graphql?…  doorward.toml
    out   upstream.sdl  default
    out   upstream.headers  (not shown)  doorward.toml
    out   upstream.timeout  30s  default
    out   upstream.identity  headers  doorward.toml
    out   upstream.audience  default
    out   upstream.secret  (not shown)  doorward.toml
    out   gateway.on_conflict  api  default
    out   gateway.by_name_only  default
    out   gateway.never  Query.a, Query.b  doorward.toml
    out   gateway.treat_as_mutation  default
    out   gateway.directives  one, two  DOORWARD_GATEWAY__DIRECTIVES
    out   gateway.follow_schema_every  10m  default
    ");
    let shown = json(&program, &["config", "show", "--data-dir", "elsewhere", "--json"]);
    assert!(!shown.to_string().contains("nobodys"), "{shown}");
    let one = |key: &str| {
        let items = shown["items"].as_array().unwrap();
        items.iter().find(|item| item["key"] == key).unwrap_or_else(|| panic!("{key} is not shown")).to_string()
    };
    assert_snapshot!(one("listen"), @r#"{"key":"listen","value":"127.0.0.1:2","is_set":true,"secret":false,"from":"environment","name":"DOORWARD_LISTEN"}"#);
    assert_snapshot!(one("data_dir"), @r#"{"key":"data_dir","value":"elsewhere","is_set":true,"secret":false,"from":"flag","name":null}"#);
    assert_snapshot!(one("upstream.secret"), @r#"{"key":"upstream.secret","value":null,"is_set":true,"secret":true,"from":"file","name":"doorward.toml"}"#);
    assert_snapshot!(one("upstream.url"), @r#"{"key":"upstream.url","value":"https://shop.example.com/graphql?…","is_set":true,"secret":false,"from":"file","name":"doorward.toml"}"#);
    assert_snapshot!(one("gateway.never"), @r#"{"key":"gateway.never","value":["Query.a","Query.b"],"is_set":true,"secret":false,"from":"file","name":"doorward.toml"}"#);
    assert_snapshot!(one("gateway.directives"), @r#"{"key":"gateway.directives","value":["one","two"],"is_set":true,"secret":false,"from":"environment","name":"DOORWARD_GATEWAY__DIRECTIVES"}"#);
    assert_snapshot!(one("limits.depth"), @r#"{"key":"limits.depth","value":7,"is_set":true,"secret":false,"from":"environment","name":"DOORWARD_LIMITS__DEPTH"}"#);
    assert_snapshot!(one("tokens.prefix"), @r#"{"key":"tokens.prefix","value":"dwd","is_set":false,"secret":false,"from":"default","name":null}"#);
    assert_eq!(shown["items"].as_array().unwrap().len(), KEYS.len());
}

#[test]
fn what_is_wrong_does_not_keep_the_rest_from_being_shown() {
    let program = with_file("listen = \"here\"\n[limits]\ndepht = 7\n");
    let shown = program.run(["config", "show"]);
    assert_eq!((shown.status, shown.stdout.lines().count()), (0, KEYS.len() + 1), "{}", shown.told());
    assert_snapshot!(shown.stderr, @"
    fault: doorward.toml: there is no setting `limits.depht`; did you mean `limits.depth`?
    fault: doorward.toml: `listen` must be an address and a port, like 127.0.0.1:8080
    ");
}

fn read(text: &str) -> Result<Config, String> {
    let given = Given { file: Some(("doorward.toml".into(), text.into())), ..Given::default() };
    Config::read(&given).map(|(config, _)| config).map_err(|refusal| refusal.message)
}

#[test]
fn the_template_sets_nothing_and_shows_every_default() {
    let template = Program::new().does(["config", "template"]);
    let default = format!("{:?}", Config::default());
    assert_eq!(format!("{:?}", read(&template).unwrap()), default);
    // With each default written out, it is still the default.
    let mut written = String::new();
    let mut section = "";
    for line in template.lines() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        }
        let set = line.strip_prefix('#').filter(|rest| !rest.starts_with(' '));
        let name = set.and_then(|set| set.split_once(" = ")).map(|(name, _)| name).unwrap_or_default();
        let whole = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
        let key = KEYS.iter().find(|key| key.name == whole);
        assert_eq!(set.is_some(), key.is_some(), "{line}");
        written += if key.is_some_and(|key| key.default.is_some()) { set.unwrap() } else { line };
        written.push('\n');
    }
    assert_eq!(format!("{:?}", read(&written).unwrap()), default);
    assert!(template.lines().all(|line| line.chars().count() <= 110), "lines that one can read");
    assert_snapshot!(template.lines().take(14).collect::<Vec<_>>().join("\n"), @r#"
    # Doorward's configuration. A line that begins with # sets nothing; what it shows is the default, or an
    # example where there is none. Flags beat the environment, which beats this file.

    # Address and port to listen on: an IP address, no host name. Port 0 takes any free one. Environment:
    # DOORWARD_LISTEN. Default.
    #listen = "127.0.0.1:8080"

    # Address and port at which the metrics are. It asks nobody who they are, so keep it off public
    # networks. Without it they are nowhere. Environment: DOORWARD_ADMIN_LISTEN. No default; an example:
    #admin_listen = "127.0.0.1:9090"

    # The address that people and clients use, `http://…` or `https://…`. Links are made from it. Without
    # it, the address that is listened on. Environment: DOORWARD_PUBLIC_URL. No default; an example:
    #public_url = "https://doorward.example.com"
    "#);
}

#[test]
fn every_example_of_the_template_is_a_value_of_its_key() {
    for key in KEYS.iter().filter(|key| key.default.is_none()) {
        let example = key.example.unwrap_or_else(|| panic!("{} has neither default nor example", key.name));
        let (section, name) = key.section();
        let set = format!("{name} = {}\n", key.kind.written(example));
        let file = section.map_or_else(|| set.clone(), |section| format!("[{section}]\n{set}"));
        let said = read(&file).err().unwrap_or_default();
        let misfit = said.contains("no setting") || said.contains("must be") || said.contains("parse");
        assert!(!misfit, "{file}{said}");
    }
}

#[test]
fn the_schema_knows_every_key_and_its_default() {
    let program = Program::new();
    let schema: Value = serde_json::from_str(&program.does(["config", "schema"])).unwrap();
    for key in KEYS {
        let mut at = &schema;
        for part in key.name.split('.') {
            assert_eq!(at["additionalProperties"], false, "{}", key.name);
            at = &at["properties"][part];
        }
        assert_eq!(at["description"], key.what, "{}", key.name);
        assert_eq!(at["default"].is_null(), key.default.is_none(), "{}", key.name);
    }
    assert_snapshot!(schema["properties"]["limits"]["properties"]["depth"], @r#"{"type":"integer","minimum":1,"description":"How deep selection sets, lists and objects may be nested in a document.","default":20}"#);
    assert_snapshot!(schema["properties"]["upstream"]["properties"]["identity"], @r#"{"enum":["none","headers"],"description":"What the API is told of who calls: `none`, or `headers`.","default":"none"}"#);
    assert_snapshot!(schema["properties"]["upstream"]["properties"]["headers"], @r#"{"type":"object","additionalProperties":{"oneOf":[{"type":"string"},{"type":"object","properties":{"env":{"type":"string"}},"required":["env"],"additionalProperties":false},{"type":"object","properties":{"file":{"type":"string"}},"required":["file"],"additionalProperties":false}]},"description":"Headers that are sent with each request to the API."}"#);
    assert_eq!(json(&program, &["config", "schema", "--json"])["schema"], schema);
}
