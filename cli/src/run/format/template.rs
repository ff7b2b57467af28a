//! `--template`: an inputs document whose strings hold `{{column}}`. It is filled in after it was parsed, so that no value
//! can change the document around it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::OnceLock;

use documents::json;
use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value as Filled};
use serde_json::{Map, Value};

/// The variable that holds all columns, for names that are no variables': `{{row["First name"]}}`.
const ROW: &str = "row";
/// What begins something to be filled in.
const MARKS: [&str; 3] = ["{{", "{%", "{#"];
/// What a string may take for a row, in steps and bytes: a document's 64 MiB fit. A loop within a loop has ten thousand million.
const FUEL: u64 = 128 << 20;

/// A document that is filled in for each row.
#[derive(Debug)]
pub(crate) struct Template {
    environment: Environment<'static>,
    document: Part,
    columns: BTreeSet<String>,
    /// What is wrong for every row, once a row has shown it.
    endless: OnceLock<String>,
}

#[derive(Debug)]
enum Part {
    Fixed(Value),
    /// The name of a template of the environment, which is its JSON pointer.
    Text(String),
    /// `{{..}}` and nothing else: it keeps the type of its value.
    Expression(String, String),
    List(Vec<Part>),
    Object(Vec<(String, Part)>),
}

impl Template {
    /// Parses a document.
    ///
    /// # Errors
    ///
    /// Where and what is wrong with it.
    pub(crate) fn parse(document: &[u8]) -> Result<Self, String> {
        let document = json::parse(document)
            .map_err(|what| format!("is not valid JSON here: {what}"))?
            .into_value();
        if !document.is_object() {
            return Err("is not a JSON object".to_owned());
        }
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        let mut compile = Compile {
            environment,
            variables: HashSet::new(),
        };
        let document = compile.part(document, "")?;
        let Compile {
            environment,
            variables,
        } = compile;
        if variables.is_empty() {
            return Err(
                "names no column, so that every row would ask the same; put {{column}} where a value goes"
                    .to_owned(),
            );
        }
        let is_global = |name: &str| environment.globals().any(|(global, _)| global == name);
        let columns = variables
            .into_iter()
            .filter(|name| name != ROW && !is_global(name));
        Ok(Self {
            columns: columns.collect(),
            environment,
            document,
            endless: OnceLock::new(),
        })
    }

    /// The columns that it names and a row does not have.
    pub(super) fn missing(&self, has: impl Fn(&str) -> bool) -> Vec<&str> {
        let missing = self.columns.iter().filter(|column| !has(column));
        missing.map(String::as_str).collect()
    }

    /// The document for a row.
    ///
    /// # Errors
    ///
    /// The JSON pointer of the string that cannot be filled in, without any value.
    pub(super) fn fill(&self, row: &Map<String, Value>) -> Result<Value, String> {
        if let Some(why) = self.endless.get() {
            return Err(why.clone());
        }
        let columns = row.iter();
        let columns = columns.map(|(name, value)| (name.clone(), Filled::from(Serde(value))));
        let mut context: BTreeMap<String, Filled> = columns.collect();
        if !context.contains_key(ROW) {
            context.insert(ROW.to_owned(), context.clone().into());
        }
        self.part(&self.document, &context.into()).map_err(|(at, error)| {
            let missing = self.missing(|column| row.contains_key(column));
            if error.kind() == ErrorKind::UndefinedError && !missing.is_empty() {
                return format!("there is no column {}", missing.join(", "));
            }
            let message = format!("the template's {at} cannot be filled in: {}", why(&error));
            if error.kind() == ErrorKind::OutOfFuel {
                let _ = self.endless.set(message.clone()); // another row was first
            }
            message
        })
    }

    fn part<'a>(&'a self, part: &'a Part, context: &Filled) -> Result<Value, (&'a str, minijinja::Error)> {
        match part {
            Part::Fixed(value) => Ok(value.clone()),
            Part::Text(at) => {
                let rendered = self.environment.get_template(at);
                let rendered = rendered.and_then(|template| template.render(context.clone()));
                rendered.map(Value::String).map_err(|error| (&**at, error))
            }
            Part::Expression(at, expression) => {
                self.value(expression, context).map_err(|error| (&**at, error))
            }
            Part::List(parts) => parts.iter().map(|part| self.part(part, context)).collect(),
            Part::Object(parts) => {
                let parts = parts.iter();
                let members = parts.map(|(key, part)| Ok((key.clone(), self.part(part, context)?)));
                members.collect::<Result<_, _>>().map(Value::Object)
            }
        }
    }

    fn value(&self, expression: &str, context: &Filled) -> Result<Value, minijinja::Error> {
        let compiled = self.environment.compile_expression_owned(expression.to_owned())?;
        let value = compiled.eval(context.clone())?;
        if value.is_undefined() {
            return Err(ErrorKind::UndefinedError.into());
        }
        serde_json::to_value(&value).map_err(|_| ErrorKind::BadSerialization.into())
    }
}

/// What went wrong, without any value: the detail has one, but for names that the template gives.
fn why(error: &minijinja::Error) -> String {
    let kind = error.kind();
    match (kind, error.detail()) {
        (
            ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownMethod,
            Some(detail),
        ) => detail.to_owned(),
        (ErrorKind::OutOfFuel, _) => "it is too long, or takes too many steps".to_owned(),
        _ => kind.to_string(),
    }
}

struct Compile {
    environment: Environment<'static>,
    variables: HashSet<String>,
}

impl Compile {
    fn part(&mut self, value: Value, at: &str) -> Result<Part, String> {
        let wrong = |error: minijinja::Error| {
            let what = error.detail().unwrap_or("it cannot be read").to_owned();
            format!("has a string that is no template in {at}: {what}")
        };
        Ok(match value {
            Value::String(text) if MARKS.iter().any(|mark| text.contains(mark)) => {
                if let Some(expression) = expression(&text) {
                    let compiled = self.environment.compile_expression_owned(expression.to_owned());
                    let compiled = compiled.map_err(wrong)?;
                    self.variables.extend(compiled.undeclared_variables(false));
                    return Ok(Part::Expression(at.to_owned(), expression.to_owned()));
                }
                self.environment
                    .add_template_owned(at.to_owned(), text)
                    .map_err(wrong)?;
                let template = self.environment.get_template(at).map_err(wrong)?;
                self.variables.extend(template.undeclared_variables(false));
                Part::Text(at.to_owned())
            }
            Value::Array(items) => {
                let items = items.into_iter().enumerate();
                Part::List(
                    items
                        .map(|(index, item)| self.part(item, &format!("{at}/{index}")))
                        .collect::<Result<_, _>>()?,
                )
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(key, value)| {
                    let at = format!("{at}/{}", json::pointer_part(&key));
                    if MARKS.iter().any(|mark| key.contains(mark)) {
                        return Err(format!(
                            "has a name that would be filled in, {at}, and only values are"
                        ));
                    }
                    Ok((key, self.part(value, &at)?))
                });
                Part::Object(members.collect::<Result<_, String>>()?)
            }
            fixed => Part::Fixed(fixed),
        })
    }
}

/// What is between the braces of a text that has nothing outside of them.
fn expression(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let inside = inside.trim_matches('-').trim();
    let has_more = ["{{", "}}", "{%", "{#"].iter().any(|mark| inside.contains(mark));
    (!has_more).then_some(inside)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fill(template: &Value, row: &Value) -> Result<Value, String> {
        let template = Template::parse(template.to_string().as_bytes())?;
        template.fill(row.as_object().unwrap())
    }

    #[test]
    fn no_value_can_break_the_document() {
        let template = json!({"a": "say {{text}}!", "b": ["{{text}}"]});
        let text = "\"}]}, {{row}} {% raw %} \\ \n <&>";
        assert_eq!(
            fill(&template, &json!({"text": text})).unwrap(),
            json!({"a": format!("say {text}!"), "b": [text]})
        );
    }

    #[test]
    fn what_stands_alone_keeps_its_type() {
        let template = json!({"t": "{{ t | float }}", "n": "{{ n }}", "text": "n is {{ n }}", "x": "{{ x | default('none') }}"});
        assert_eq!(
            fill(&template, &json!({"t": "0.5", "n": [1, {"b": 1, "a": null}]})).unwrap()["t"],
            json!(0.5)
        );
        let filled = fill(&template, &json!({"t": 1, "n": 7})).unwrap();
        assert_eq!(filled, json!({"t": 1.0, "n": 7, "text": "n is 7", "x": "none"}));
    }

    #[test]
    fn a_column_that_is_not_there_is_named() {
        let template = json!({"params": {"text": "{{ text }} {{ more }}"}});
        let error = fill(&template, &json!({"text": "secret"})).unwrap_err();
        assert_eq!(error, "there is no column more");
        let spaced = json!({"a": "{{ row['First name'] }}"});
        assert_eq!(
            fill(&spaced, &json!({"First name": "Ann"})).unwrap(),
            json!({"a": "Ann"})
        );
        let error = fill(&spaced, &json!({})).unwrap_err();
        assert_eq!(error, "the template's /a cannot be filled in: undefined value");
    }

    #[test]
    fn a_template_that_does_not_end_is_stopped() {
        let long = "{% for i in range(9999) %}{{ a }}{% endfor %}";
        let inside = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}{{ a }}";
        for text in [long, inside, "{{ a * 99999 }}", "{{ '%09999999d' | format(a) }}"] {
            let document = json!({ "text": text }).to_string();
            let mut template = Template::parse(document.as_bytes()).unwrap();
            template.environment.set_fuel(Some(10_000));
            let row = json!({"a": "secret".repeat(100)});
            let error = template.fill(row.as_object().unwrap()).unwrap_err();
            let expected =
                "the template's /text cannot be filled in: it is too long, or takes too many steps";
            assert_eq!(error, expected, "{text}");
            assert_eq!(template.fill(&Map::new()).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn what_no_row_can_mend_is_named() {
        for (text, why) in [
            ("{{ a | nofilter }}", "filter nofilter is unknown"),
            ("a {{ nofunction(a) }}", "nofunction is unknown"),
            ("{{ a is notest }}", "test notest is unknown"),
        ] {
            let error = fill(&json!({"text": text}), &json!({"a": "secret"})).unwrap_err();
            assert_eq!(error, format!("the template's /text cannot be filled in: {why}"));
        }
        let error = fill(&json!({"params": {"{{ a }}": 1}}), &json!({"a": "b"})).unwrap_err();
        assert_eq!(
            error,
            "has a name that would be filled in, /params/{{ a }}, and only values are"
        );
        let error = fill(&json!({"text": "all the same"}), &json!({"a": "b"})).unwrap_err();
        assert_eq!(
            error,
            "names no column, so that every row would ask the same; put {{column}} where a value goes"
        );
    }
}
